/// Limits the weight of one transaction: the bytes of its bodies plus `Handler.weight` of each message.
///
/// The transaction is idle on the server while its messages are decided, and the server ends one that is idle for 5 s.
/// The same messages take ten times as long on a busy machine, so the limit adapts to the idle time of the last
/// transactions.
struct BatchWeight: Sendable {
    private static let most = 1 << 20
    private static let least = 16 << 10
    /// An idle time above `long` lowers the limit, one below `short` raises it.
    private static let long = Duration.seconds(1)
    private static let short = Duration.milliseconds(250)

    /// The limit of the next transaction. A single message may exceed it.
    private(set) var limit = Self.most / 4

    /// Adapts the limit to a transaction of this weight that was idle for `idle`.
    mutating func note(_ idle: Duration, of weight: Int) {
        if idle > Self.long {
            limit = max(Self.least, min(limit, weight) / 2)
        } else if idle < Self.short {
            limit = min(Self.most, limit * 2)
        }
    }
}
