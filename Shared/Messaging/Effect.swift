public import FoundationEssentials
public import Models

/// What follows a decision. Effects leave in their order, after the commit.
public enum Effect: Sendable {
    /// A fact about the message's subject.
    case fact(String, JSON)
    /// A message to a service of the suite, about a contact.
    case order(String, subject: String, JSON)
    /// The reply's result, kept to answer a repetition: ids and statuses only.
    case answer(JSON)
    /// The reply to a withdrawal: leaves once no earlier permission can still be in use (X3).
    case answerAfterLeases(JSON)
    /// The reply's result to an earlier request about this contact, which the state kept; a repetition gets it from now
    /// on. To a withdrawal it leaves after the leases.
    case answerKept(KeptRequest, JSON, afterLeases: Bool)
    /// A reply that carries what must not be stored, or that reads more than the state: made after the commit,
    /// published once and forgotten.
    case answerLater(@Sendable () async throws -> JSON)
    /// As `answerLater`, but once: a repetition of the request gets `conflict`. What it throws as a refusal is the
    /// answer all the same, and what was decided with it stays.
    case answerOnce(@Sendable () async throws -> JSON)
    /// The request is a job: `data` says what is to be done, and its reply comes when the job is done. `afterLeases`:
    /// it acknowledges withdrawals (X3).
    case job(JSON, afterLeases: Bool = false)
    /// The message was one contact's of a job; the outcome is a word, and what was refused says why.
    case itemDone(job: UUID, number: Int, outcome: String)
    /// Another service remembers orders that this database does not: its last commits are gone, and a new epoch begins
    /// (X5).
    case beginEpoch
    /// A refusal from which something follows all the same: as a thrown one, but facts and orders beside it leave.
    /// No answer stands beside it.
    case refuse(Refusal)
}
