package import FoundationEssentials
package import Models

/// A consequence of a decision. Effects are carried out in order, after the commit.
package enum Effect: Sendable {
    /// Publishes a fact about the message's subject.
    case fact(String, JSON)
    /// As `fact`, with an id that the decision has chosen, since something else names the fact by it (C6).
    case identifiedFact(id: UUID, String, JSON)
    /// Sends a message about a contact to a service of the suite.
    case order(String, subject: String, JSON)
    /// Replies with this result and stores it for repetitions. It contains ids and statuses only.
    case answer(JSON)
    /// Replies to a withdrawal, after every permission that was given before has expired (X3). The result is stored for
    /// repetitions.
    case answerAfterLeases(JSON)
    /// Replies to an earlier request that the state kept, and stores the result for its repetitions. `afterLeases`: the
    /// request is a withdrawal, so that the reply waits for the leases as with `answerAfterLeases`.
    case answerKept(KeptRequest, JSON, afterLeases: Bool)
    /// Replies with data that must not be stored or that needs more than the state. The reply is computed after the
    /// commit, published once and not stored.
    case answerLater(@Sendable () async throws -> JSON)
    /// As `answerLater`, but a repetition of the request gets `conflict`. If the closure throws a refusal, the refusal
    /// is the reply and the decision still counts.
    case answerOnce(@Sendable () async throws -> JSON)
    /// Creates a job with `data` as its parameters; the reply is sent when the job is done. `afterLeases`: the reply
    /// acknowledges withdrawals and waits for the leases (X3).
    case job(JSON, afterLeases: Bool = false)
    /// Records the outcome of one contact of a job, as one word.
    case itemDone(job: UUID, number: Int, outcome: String)
    /// Begins a new epoch: another service remembers orders that this database does not, so that its last commits are
    /// lost (X5).
    case beginEpoch
    /// Refuses the message, and still publishes the facts and orders among the effects. A thrown refusal publishes
    /// neither. Must not be combined with an answer.
    case refuse(Refusal)
}
