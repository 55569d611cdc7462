import Models
import NotifierDomain

/// Values in one answer: more of the longest would not fit a message.
private let valuesLimit = 1000

/// Which of a claim's mails one question to the vault can cover.
struct ClaimQuestion: Sendable {
    /// The mails of the question.
    private(set) var asked: [ClaimedMail] = []
    /// Those that wait for the next question.
    private(set) var later: [ClaimedMail] = []
    /// Fields that the campaigns among them name.
    private(set) var fields: Set<String> = []

    /// The vault answers by contact, so that of one contact's mails for different addresses one is asked about at a
    /// time; and a question has a limit of fields and an answer one of values, so that campaigns with many wait for
    /// each other.
    init(_ mails: [ClaimedMail], _ campaigns: [String: CampaignText]) {
        var hashes: [ContactID: String?] = [:]
        for mail in mails {
            let all = fields.union(mail.kind.campaign.flatMap { campaigns[$0]?.fields } ?? [])
            if let hash = hashes[mail.contact], hash != mail.addressHash {
                later.append(mail)
            } else if all.count > ResolveQuestion.fieldsLimit || all.count * (asked.count + 1) > valuesLimit {
                later.append(mail)
            } else {
                hashes[mail.contact] = .some(mail.addressHash)
                fields = all
                asked.append(mail)
            }
        }
    }
}
