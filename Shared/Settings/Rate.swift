/// The largest number of requests in a rate; more would be no limit.
private let mostRequests = 1_000_000

extension Settings {
    /// A rate limit.
    package struct Rate: Sendable, Hashable {
        /// Requests allowed in one interval.
        package let count: Int
        package let interval: Duration

        /// - Parameter count: in one interval.
        package init(count: Int, interval: Duration) {
            self.count = count
            self.interval = interval
        }
    }

    /// The rate limits of the contacts' web; nil: no limit.
    package struct Web: Sendable, Hashable {
        /// For requests with the same link.
        package let perToken: Rate?
        /// For requests from one address.
        package let perVisitor: Rate?
    }
}

extension SettingsSection {
    /// A rate such as `300/m`; nil for `0`, which is no limit.
    func rate(_ name: String, default standard: Settings.Rate?) -> Settings.Rate? {
        guard value(name) != nil, let text = text(name) else { return standard }
        guard text != "0" else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let units: [Substring: Int64] = ["h": 3600, "m": 60, "s": 1]
        guard parts.count == 2, let unit = units[parts[1]], parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int(parts[0]), (1...mostRequests).contains(count)
        else {
            report(name, "must be a rate such as 300/m (s, m or h), or 0 for no limit")
            return standard
        }
        return Settings.Rate(count: count, interval: .seconds(unit))
    }
}
