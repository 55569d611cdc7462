import FoundationEssentials
import Models
import NotifierDomain

/// A mail that a worker has claimed.
struct ClaimedMail: Sendable {
    let id: UUID
    let contact: ContactID
    let kind: MailKind
    let addressHash: String?
    /// The `Message-ID` that a reply answers.
    let inReplyTo: String?
    /// Number of attempts, including this one.
    let attempts: Int
    /// The mail's age when it was claimed, by the database's clock.
    let ageAtClaim: Duration
    /// The time of the claim, by this process's clock only.
    var claimedAt = ContinuousClock.now
    /// The id of the claim that holds the mail.
    let claim: UUID
    /// The hashes of the address in the vault's answer.
    var resolvedHash: String?

    /// Whether the mail carries a pixel and tracked links if its contact allows it (C2).
    var isTrackable = false

    /// The mail's age now.
    var age: Duration { ageAtClaim + (.now - claimedAt) }
}
