public import Models

/// Refusals of an hour that have entries of their own; a single entry counts the rest (V3).
private let mostRefusals = 60

/// What one user or account has asked for within an hour, which begins with an attempt.
///
/// ### Legal transitions
/// none → begun, by an attempt; begun → over, by time; over → begun, by the next attempt.
public struct RevealHour: Sendable, Equatable {
    /// How long one lasts.
    public static let length = Duration.seconds(3600)

    /// When it began; nil: no attempt yet.
    public private(set) var startedAt: Timestamp?
    /// Values released.
    public private(set) var released: Int
    /// Attempts refused.
    public private(set) var refused: Int
    /// Refused attempts that have no entry yet.
    public private(set) var rest: UnloggedRefusals?

    /// Refusals that one entry stands for.
    public struct UnloggedRefusals: Sendable, Equatable {
        /// How many.
        public var count: Int
        /// The field, or that they were several.
        public var field: String

        /// Some refusals.
        public init(count: Int, field: String) {
            self.count = count
            self.field = field
        }
    }

    /// As it is stored.
    public init(startedAt: Timestamp? = nil, released: Int = 0, refused: Int = 0, rest: UnloggedRefusals? = nil) {
        self.startedAt = startedAt
        self.released = released
        self.refused = refused
        self.rest = rest
    }

    /// Begins a new hour where the last one is over; what is left of that one to log.
    public mutating func begin(at now: Timestamp) -> UnloggedRefusals? {
        // One that begins later than it can is none: clocks differ by less.
        if let startedAt, now - startedAt < Self.length, startedAt - now < Self.length { return nil }
        let left = rest
        self = RevealHour(startedAt: now)
        return left
    }

    /// Counts a reveal; false where the hour has had `limit` of them.
    public mutating func release(limit: Int) -> Bool {
        guard released < limit else { return false }
        released += 1
        return true
    }

    /// Counts a refusal; false where it gets no entry of its own.
    public mutating func refuse(field: String) -> Bool {
        refused += 1
        guard refused > mostRefusals else { return true }
        let isSame = rest.map { $0.field == field } ?? true
        rest = UnloggedRefusals(count: (rest?.count ?? 0) + 1, field: isSame ? field : AccessEntry.severalFields)
        return false
    }
}
