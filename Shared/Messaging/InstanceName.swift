import Cryptography
package import FoundationEssentials
package import Models

#if canImport(Glibc)
    import Glibc
#endif

/// The name of a process: `service/version/host/pid`. The broker shows it in its list of connections.
package struct InstanceName: Sendable {
    /// The instance's id in the table `instance`.
    package let id: UUID
    /// The release of the code.
    package let version: String
    private let base: String

    /// Creates a name for this process.
    package init(service: SuiteService, version: String) {
        id = .timeOrdered(at: .now, random: Random.bytes(10))
        self.version = version
        var host = [CChar](repeating: 0, count: 256)
        let length = gethostname(&host, host.count - 1) == 0 ? strlen(host) : 0
        let name = String(decoding: host[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        base = "\(service.rawValue)/\(version)/\(name)/\(getpid())"
    }

    /// Returns the name of a connection with this role.
    package func connection(_ role: String) -> String { base + "/" + role }
}

extension Timestamp {
    /// The current time of the system's clock.
    package static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
