import Cryptography
package import FoundationEssentials
package import Models
import Settings

/// The input of a decision besides the state and the message's data.
package struct Context<State: Aggregate>: Sendable {
    /// Settings and keys of the service.
    package let environment: State.Environment
    /// The message to decide.
    package let message: Message
    /// The current time, the same for the whole batch.
    package let now: Timestamp
    /// The user named by the message's valid token; nil if there is none.
    package let user: UserID?
    /// The verdict on the token. A handler checks it itself if a refusal has effects besides the reply.
    package internal(set) var verdict = TokenVerdict.none(.missing)
    /// A number for the order that this decision may place. It rises from message to message.
    package internal(set) var number: Int64 = 0
    /// The epoch of the database (X5).
    package internal(set) var epoch: Int64 = 0
    /// The newest known epochs of other services. A message that a service sent in an older epoch is ignored.
    package internal(set) var peerEpochs: [SuiteService: Int64] = [:]

    /// The user and the account that sent the message.
    package var principal: Principal { Principal(user: user, account: message.account) }

    /// The message's subject: the contact's id.
    package var subject: String { message.event.subject }

    /// The request in the form in which the state keeps it, to be answered later by `Effect.answerKept`.
    package var kept: KeptRequest { message.kept }

    /// The number and epoch for an order that this decision places.
    package var stamp: OrderBook.Stamp { OrderBook.Stamp(number: number, epoch: epoch) }

    /// A new id for a row (version 7, 74 bits of it random).
    package func newID() -> UUID { .timeOrdered(at: now, random: Random.bytes(10)) }
}
