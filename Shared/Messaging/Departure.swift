import Models
import RabbitMQ

/// A message to publish after a commit. Departures keep the order of the messages that caused them.
enum Departure: Sendable {
    case row(OutboxRow)
    /// A reply that is not stored, such as the error reply to a message that could not be parsed.
    case direct(OutgoingMessage)
    /// A reply that is computed after the commit and not stored.
    ///
    /// It contains secret or personal data or needs more than the state. `expires`: it is published within a lease of
    /// the commit or dropped, so that a withdrawal can be acknowledged (X3).
    case computed(ReplyTarget, expires: Bool, @Sendable () async throws -> JSON)

    /// The outbox row, if it is a fact's.
    var fact: OutboxRow? {
        guard case .row(let row) = self, row.isFact else { return nil }
        return row
    }

    var isRow: Bool {
        guard case .row = self else { return false }
        return true
    }
}
