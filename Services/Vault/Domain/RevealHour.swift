package import Models

/// Refusals in an hour that get entries of their own; one summary entry counts the rest (V3).
private let mostRefusals = 60

/// The attempts of one user or account within an hour that begins with the first attempt.
///
/// ### Legal transitions
/// none → begun, by an attempt; begun → over, by time; over → begun, by the next attempt.
package struct RevealHour: Sendable, Equatable {
    /// The length of an hour.
    package static let length = Duration.seconds(3600)

    /// When it began; nil: no attempt yet.
    package private(set) var startedAt: Timestamp?
    /// Number of values released.
    package private(set) var released: Int
    /// Number of attempts refused.
    package private(set) var refused: Int
    /// Refused attempts that are not logged yet.
    package private(set) var rest: UnloggedRefusals?

    /// Refusals that one summary entry counts.
    package struct UnloggedRefusals: Sendable, Equatable {
        /// The number of refusals.
        package var count: Int
        /// Their field, or `AccessEntry.severalFields`.
        package var field: String

        /// A count of refusals.
        package init(count: Int, field: String) {
            self.count = count
            self.field = field
        }
    }

    /// Restores a stored hour.
    package init(startedAt: Timestamp? = nil, released: Int = 0, refused: Int = 0, rest: UnloggedRefusals? = nil) {
        self.startedAt = startedAt
        self.released = released
        self.refused = refused
        self.rest = rest
    }

    /// Begins a new hour if the last one is over, and returns its refusals that are not logged yet.
    package mutating func begin(at now: Timestamp) -> UnloggedRefusals? {
        // A start more than an hour in the future is invalid: clocks differ by less.
        if let startedAt, now - startedAt < Self.length, startedAt - now < Self.length { return nil }
        let left = rest
        self = RevealHour(startedAt: now)
        return left
    }

    /// Counts a reveal; false if the limit is reached.
    package mutating func release(limit: Int) -> Bool {
        guard released < limit else { return false }
        released += 1
        return true
    }

    /// Counts a refusal; false if it gets no entry of its own.
    package mutating func refuse(field: String) -> Bool {
        refused += 1
        guard refused > mostRefusals else { return true }
        let isSame = rest.map { $0.field == field } ?? true
        rest = UnloggedRefusals(count: (rest?.count ?? 0) + 1, field: isSame ? field : AccessEntry.severalFields)
        return false
    }
}
