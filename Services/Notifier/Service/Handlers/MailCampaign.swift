import Cryptography
import Messaging
import Models
import NotifierDomain
import Settings

/// `mail.campaign`: a text to many contacts; again under the same name it adds the new ones (N4).
struct MailCampaign: Handler {
    typealias State = Post

    static let type = "mail.campaign"
    static let exchange = Exchange.requests
    static let isAboutOneContact = false
    private static let contactsLimit = 10_000

    private let name: String
    private let content: CampaignContent
    private let contacts: [ContactID]

    var permission: Permission? { .campaign }
    var key: String? { Post.key(campaign: name) }

    init(reading data: Reader) throws(Refusal) {
        name = try data.name("campaign")
        guard name.unicodeScalars.allSatisfy(MailHeader.isAllowed) else {
            throw data.refusal("campaign", "must be one line without control characters")
        }
        content = try CampaignContent(reading: data)
        for selection in ["list", "where"] where data.optional(selection) != nil {
            throw data.refusal(selection, "comes with a later release")
        }
        contacts = try data.contacts("contacts", limit: Self.contactsLimit)
    }

    func decide(_ state: inout Post, _ context: Context<Post>) throws(Refusal) -> [Effect] {
        let hash = Digest.sha256(content.canonical)
        var campaign: Campaign
        if case .campaign(let stored) = state {
            guard stored.contentHash == hash else {
                throw Refusal(.conflict, "the campaign exists with another text", at: "/data/campaign")
            }
            campaign = stored
        } else {
            campaign = Campaign(name: name, contentHash: hash, content: content)
        }
        let new = campaign.add(contacts)
        state = .campaign(campaign)
        let orders = new.map { contact in
            let order = MailOrder(mail: context.newID(), kind: .campaign(name), addressHash: nil)
            return Effect.order(MailOrder.type, subject: contact.text, order.json)
        }
        let recipients = JSON.number(String(campaign.recipients.count))
        return orders + [.answer(["campaign": .string(name), "recipients": recipients])]
    }
}
