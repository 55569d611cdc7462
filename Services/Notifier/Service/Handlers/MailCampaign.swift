import Cryptography
import Messaging
import Models
import NotifierDomain
import Settings

/// `mail.campaign`: sends a text to many contacts; a request under the same name adds the new contacts (N4). A job
/// selects the recipients.
struct MailCampaign: Handler {
    typealias State = MailOrCampaign

    static let type = "mail.campaign"
    static let exchange = Exchange.requests
    static let isAboutOneContact = false

    private let data: Reader
    private let name: String
    private let content: MailMessage.Content
    private let selection: CampaignSelection

    static var permission: Permission? { .campaign }
    var key: String? { MailOrCampaign.key(campaign: name) }

    init(reading data: Reader) throws(Refusal) {
        self.data = data
        name = try data.name("campaign")
        guard name.unicodeScalars.allSatisfy(MailHeader.isAllowed) else {
            throw data.refusal("campaign", "must be one line without control characters")
        }
        content = try MailMessage.Content(reading: data)
        selection = try CampaignSelection(reading: data)
    }

    func decide(_ state: inout MailOrCampaign, _ context: Context<MailOrCampaign>) throws(Refusal) -> [Effect] {
        try CampaignText(content).check(data, unusable: context.environment.unusableFields)
        try selection.check(data, knowing: context.environment.vocabulary)
        let hash = Digest.sha256(content.canonical)
        if case .campaign(let stored) = state, stored.contentHash != hash {
            throw Refusal(.conflict, "the campaign exists with another text", at: "/data/campaign")
        }
        state = .campaign(Campaign(name: name, contentHash: hash, requested: content))
        return [.job(CampaignWork.Order(campaign: name, selection: selection).json)]
    }
}
