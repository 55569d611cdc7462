package import Models

/// One reveal or refused attempt, as it is logged (V3).
package struct AccessEntry: Sendable, Equatable {
    /// The field of a summary that counts attempts on several fields.
    package static let severalFields = "*"

    /// When the attempt was decided.
    package let at: Timestamp
    /// The user of a valid token, else the broker account.
    package let viewer: Viewer
    /// The contact whose field was requested; nil in a summary.
    package let contact: String?
    package let field: String
    /// The reason as the user typed it; nil if there was none.
    package let reason: String?
    /// The refusal's code; nil if the value was released, and in a summary.
    package let refusal: Refusal.Code?
    /// Number of attempts that the entry stands for: more than 1 only in a summary of refusals.
    package let count: Int

    /// Whether the value was released.
    package var isReleased: Bool { refusal == nil && contact != nil }

    package init(
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
    package init(at: Timestamp, viewer: Viewer, rest: RevealHour.UnloggedRefusals) {
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
package struct AccessLog: Sendable, Equatable {
    package let partition: Int
    /// The next entry's number.
    package private(set) var next: Int64
    /// The epoch of the history that the entries belong to (X5); 0: the first history.
    package let epoch: Int64
    /// New entries, in the order of their numbers.
    package private(set) var entries: [(number: Int64, entry: AccessEntry)] = []

    /// A log without new entries.
    package init(partition: Int, next: Int64, epoch: Int64) {
        self.partition = partition
        self.next = next
        self.epoch = epoch
    }

    /// Adds an entry and returns its number.
    package mutating func append(_ entry: AccessEntry) -> Int64 {
        let number = next
        entries.append((number, entry))
        // The number can reach its maximum only by tampering; the insert then fails on the duplicate number.
        if number < .max { next += 1 }
        return number
    }

    /// The entries are compared by count only: within one batch, equal numbers mean equal entries.
    package static func == (one: AccessLog, other: AccessLog) -> Bool {
        one.partition == other.partition && one.next == other.next && one.entries.count == other.entries.count
    }
}
