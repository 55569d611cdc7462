import Cryptography
public import FoundationEssentials
public import Models

#if canImport(Glibc)
    import Glibc
#endif

/// Names a process of the suite: `service/version/host/pid`, as it stands in the broker's list of connections.
public struct InstanceName: Sendable {
    /// In the database, among the living.
    public let id: UUID
    /// Release of the code.
    public let version: String
    private let base: String

    /// A new name for this process.
    public init(service: SuiteService, version: String) {
        id = .timeOrdered(at: .now, random: Random.bytes(10))
        self.version = version
        var host = [CChar](repeating: 0, count: 256)
        let length = gethostname(&host, host.count - 1) == 0 ? strlen(host) : 0
        let name = String(decoding: host[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        base = "\(service.rawValue)/\(version)/\(name)/\(getpid())"
    }

    /// A connection's name.
    public func connection(_ role: String) -> String { base + "/" + role }
}

extension Timestamp {
    /// By the system's clock.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
