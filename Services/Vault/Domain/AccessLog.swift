public import Models

/// One reveal or refused attempt, as it is logged (V3).
public struct AccessEntry: Sendable, Equatable {
    /// The field of an entry that counts attempts on several.
    public static let severalFields = "*"

    /// When it was decided.
    public let at: Timestamp
    /// Who asked: a token's user, else the broker account.
    public let viewer: Viewer
    /// Whose field; nil in a summary.
    public let contact: String?
    /// Which field.
    public let field: String
    /// Why, as it was typed; nil where none was.
    public let reason: String?
    /// Why not; nil where the value was released, and in a summary.
    public let refusal: Refusal.Code?
    /// Attempts that the entry stands for: 1 save for a summary of refusals.
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

    /// The refusals that had no entries of their own.
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

/// The access log of a partition: what a batch adds to it.
public struct AccessLog: Sendable, Equatable {
    /// The partition.
    public let partition: Int
    /// The next entry's number.
    public private(set) var next: Int64
    /// The history that the entries belong to (X5); 0: the first one.
    public let epoch: Int64
    /// What is to be written, in the order of the numbers.
    public private(set) var entries: [(number: Int64, entry: AccessEntry)] = []

    /// A log as it stands.
    public init(partition: Int, next: Int64, epoch: Int64) {
        self.partition = partition
        self.next = next
        self.epoch = epoch
    }

    /// Adds an entry; its number.
    public mutating func append(_ entry: AccessEntry) -> Int64 {
        let number = next
        entries.append((number, entry))
        // Nothing recorded comes near the end; a number twice is refused where it is written.
        if number < .max { next += 1 }
        return number
    }

    /// As deep as the numbers: what is to be written belongs to one batch.
    public static func == (one: AccessLog, other: AccessLog) -> Bool {
        one.partition == other.partition && one.next == other.next && one.entries.count == other.entries.count
    }
}
