import FoundationEssentials
import Models
import NotifierDomain

/// A mail that a worker has claimed.
struct ClaimedMail: Sendable {
    let id: UUID
    let contact: ContactID
    let kind: MailKind
    let addressHash: String?
    /// What a reply answers.
    let inReplyTo: String?
    /// This one included.
    let attempts: Int
    /// How long ago it had been ordered when it was claimed, by the database's clock.
    let ageAtClaim: Duration
    /// When it was claimed, by this process's clock, which no other is compared with.
    var claimedAt = ContinuousClock.now
    /// The claim that it is held by.
    let claim: UUID
    /// The hash of the address that the vault gave.
    var resolvedHash: String?

    /// How long ago it was ordered.
    var age: Duration { ageAtClaim + (.now - claimedAt) }
}
