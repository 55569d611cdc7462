import Models
import NotifierDomain

/// Maximum values in one answer: more of the longest values would not fit a message.
private let valuesLimit = 1000

/// Selects the mails of a claim that one question to the vault can cover.
struct ClaimQuestion: Sendable {
    /// The mails of this question.
    private(set) var asked: [ClaimedMail] = []
    /// The mails left for later questions.
    private(set) var later: [ClaimedMail] = []
    /// Fields that the campaigns and templates of this question name.
    private(set) var fields: Set<String> = []

    /// The vault answers per contact, so a question covers only one address of a contact. A question also has a limit
    /// of fields and an answer a limit of values, so campaigns with many fields are split over several questions.
    init(
        _ mails: [ClaimedMail], _ campaigns: [String: CampaignText],
        workflowFields: (WorkflowMail) -> Set<String> = { _ in [] }
    ) {
        var hashes: [ContactID: String?] = [:]
        for mail in mails {
            let all = fields.union(mail.kind.campaign.flatMap { campaigns[$0]?.fields } ?? [])
                .union(mail.kind.firing.map(workflowFields) ?? [])
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
