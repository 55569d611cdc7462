/// What reveals have in common, whichever contacts they are about.
public enum VaultShared: Sendable, Equatable {
    /// Key of the partition's access log.
    public static let logKey = "@log"

    /// The partition's part of the access log.
    case log(AccessLog)
    /// How often one user or account has asked within an hour.
    case hour(RevealHour)
}

extension Fields {
    /// The partition's access log; nil outside of a reveal.
    public var accessLog: AccessLog? {
        get {
            guard case .log(let log) = shared[VaultShared.logKey] else { return nil }
            return log
        }
        set { shared[VaultShared.logKey] = newValue.map { .log($0) } }
    }

    /// The hour of whoever asks.
    public func revealHour(of key: String) -> RevealHour {
        guard case .hour(let hour) = shared[key] else { return RevealHour() }
        return hour
    }
}
