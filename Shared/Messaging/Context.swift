import Cryptography
public import FoundationEssentials
public import Models
import Settings

/// Everything beside state and data that a decision may look at.
public struct Context<State: Aggregate>: Sendable {
    /// Settings and keys of the service.
    public let environment: State.Environment
    /// The message that is decided on.
    public let message: Message
    /// One time for the whole batch.
    public let now: Timestamp
    /// The user in whose name it was asked, from a valid token.
    public let user: UserID?
    /// What the token says, for a handler that judges it itself since more follows from a refusal than an answer.
    public internal(set) var verdict = TokenVerdict.none(.missing)
    /// A number of this message's own, for an order that it places: it rises from message to message.
    public internal(set) var number: Int64 = 0
    /// The history that the database is writing (X5).
    public internal(set) var epoch: Int64 = 0
    /// The newest epochs of other services: what one said in an older epoch does not count.
    public internal(set) var peerEpochs: [SuiteService: Int64] = [:]

    /// Who asks.
    public var principal: Principal { Principal(user: user, account: message.account) }

    /// The message's subject as a contact's id.
    public var subject: String { message.event.subject }

    /// The message as one that is answered later, by `Effect.answerKept`.
    public var kept: KeptRequest { message.kept }

    /// The number and history of an order that is placed by this decision.
    public var stamp: OrderBook.Stamp { OrderBook.Stamp(number: number, epoch: epoch) }

    /// A new id for a row (version 7, 74 bits of it random).
    public func newID() -> UUID { .timeOrdered(at: now, random: Random.bytes(10)) }
}
