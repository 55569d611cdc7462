/// How much one transaction takes up, in bytes of bodies and what else messages cost in these (`Handler.weight`).
///
/// The transaction is idle while its messages are worked on, and the server ends one that is idle for 5 s. The same
/// messages take ten times as long on a busy machine, so the limit follows what the last ones took.
struct BatchWeight: Sendable {
    private static let most = 1 << 20
    private static let least = 16 << 10
    /// Idle times after which the next transaction takes less, and more.
    private static let long = Duration.seconds(1)
    private static let short = Duration.milliseconds(250)

    /// What the next transaction takes; a single message has no limit.
    private(set) var limit = Self.most / 4

    /// A transaction of such a weight was idle for so long.
    mutating func note(_ idle: Duration, of weight: Int) {
        if idle > Self.long {
            limit = max(Self.least, min(limit, weight) / 2)
        } else if idle < Self.short {
            limit = min(Self.most, limit * 2)
        }
    }
}
