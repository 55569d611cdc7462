import Models
import RabbitMQ

/// What leaves after a commit, in the order of the messages that caused it.
enum Departure: Sendable {
    case row(OutboxRow)
    /// Not stored: an error reply to what took no effect.
    case direct(OutgoingMessage)
    /// Not stored: carries what must not be, or reads more than the state. `expires`: it leaves within a lease of its
    /// commit or not at all, so that a withdrawal can be acknowledged (X3).
    case computed(ReplyTarget, expires: Bool, @Sendable () async throws -> JSON)

    /// The outbox row of a fact.
    var fact: OutboxRow? {
        guard case .row(let row) = self, row.isFact else { return nil }
        return row
    }

    var isRow: Bool {
        guard case .row = self else { return false }
        return true
    }
}
