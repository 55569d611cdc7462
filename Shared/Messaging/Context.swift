import Cryptography
public import FoundationEssentials
public import Models
import Settings

/// The input of a decision besides the state and the message's data.
public struct Context<State: Aggregate>: Sendable {
    /// Settings and keys of the service.
    public let environment: State.Environment
    /// The message to decide.
    public let message: Message
    /// The current time, the same for the whole batch.
    public let now: Timestamp
    /// The user named by the message's valid token; nil if there is none.
    public let user: UserID?
    /// The verdict on the token. A handler checks it itself if a refusal has effects besides the reply.
    public internal(set) var verdict = TokenVerdict.none(.missing)
    /// A number for the order that this decision may place. It rises from message to message.
    public internal(set) var number: Int64 = 0
    /// The epoch of the database (X5).
    public internal(set) var epoch: Int64 = 0
    /// The newest known epochs of other services. A message that a service sent in an older epoch is ignored.
    public internal(set) var peerEpochs: [SuiteService: Int64] = [:]

    /// The user and the account that sent the message.
    public var principal: Principal { Principal(user: user, account: message.account) }

    /// The message's subject: the contact's id.
    public var subject: String { message.event.subject }

    /// The request in the form in which the state keeps it, to be answered later by `Effect.answerKept`.
    public var kept: KeptRequest { message.kept }

    /// The number and epoch for an order that this decision places.
    public var stamp: OrderBook.Stamp { OrderBook.Stamp(number: number, epoch: epoch) }

    /// A new id for a row (version 7, 74 bits of it random).
    public func newID() -> UUID { .timeOrdered(at: now, random: Random.bytes(10)) }
}
