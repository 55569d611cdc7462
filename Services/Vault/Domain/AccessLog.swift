public import Models

/// One reveal or refused attempt, as it is logged (V3).
public struct AccessEntry: Sendable, Equatable {
    /// The field of a summary that counts attempts on several fields.
    public static let severalFields = "*"

    /// When the attempt was decided.
    public let at: Timestamp
    /// The user of a valid token, else the broker account.
    public let viewer: Viewer
    /// The contact whose field was requested; nil in a summary.
    public let contact: String?
    /// The requested field.
    public let field: String
    /// The reason as the user typed it; nil if there was none.
    public let reason: String?
    /// The refusal's code; nil if the value was released, and in a summary.
    public let refusal: Refusal.Code?
    /// Number of attempts that the entry stands for: more than 1 only in a summary of refusals.
    public let count: Int

    /// Whether the value was released.
    public var isReleased: Bool { refusal == nil && contact != nil }

    /// One attempt.
    public init(
        at: Timestamp, viewer: Viewer, contact: String, field: String, reason: String?, refusal: Refusal.Code?
    ) {
        self.at = at
        self.viewer = viewer
        self.contact = contact
        self.field = field
        self.reason = reason
        self.refusal = refusal
        count = 1
    }

    /// A summary of the refusals that got no entry of their own.
    public init(at: Timestamp, viewer: Viewer, rest: RevealHour.UnloggedRefusals) {
        self.at = at
        self.viewer = viewer
        contact = nil
        field = rest.field
        reason = nil
        refusal = nil
        count = rest.count
    }
}

/// A partition's access log, with the entries that a batch adds to it.
public struct AccessLog: Sendable, Equatable {
    /// The partition.
    public let partition: Int
    /// The next entry's number.
    public private(set) var next: Int64
    /// The epoch of the history that the entries belong to (X5); 0: the first history.
    public let epoch: Int64
    /// New entries, in the order of their numbers.
    public private(set) var entries: [(number: Int64, entry: AccessEntry)] = []

    /// A log without new entries.
    public init(partition: Int, next: Int64, epoch: Int64) {
        self.partition = partition
        self.next = next
        self.epoch = epoch
    }

    /// Adds an entry and returns its number.
    public mutating func append(_ entry: AccessEntry) -> Int64 {
        let number = next
        entries.append((number, entry))
        // The number can reach its maximum only by tampering; the insert then fails on the duplicate number.
        if number < .max { next += 1 }
        return number
    }

    /// The entries are compared by count only: within one batch, equal numbers mean equal entries.
    public static func == (one: AccessLog, other: AccessLog) -> Bool {
        one.partition == other.partition && one.next == other.next && one.entries.count == other.entries.count
    }
}
