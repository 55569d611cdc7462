import Models
import OptInDomain
import Testing

@Suite struct GateTests {
    @Test("O8 each policy accepts its statuses", arguments: SendPolicy.allCases, OptInStatus.allCases)
    func policies(policy: SendPolicy, status: OptInStatus) {
        let accepted: [SendPolicy: Set<OptInStatus>] = [
            .double: [.doubleOptIn], .doubleOrUser: [.doubleOptIn, .singleOptInUser],
            .any: [.doubleOptIn, .singleOptInUser, .singleOptInWebform],
        ]
        let isAccepted = accepted[policy]?.contains(status) ?? false
        let reason = refusalToSend(.campaign, to: recipient(status), list: nil, answers: false, policy: policy)
        #expect(reason == (isAccepted ? nil : status.rawValue))
    }

    @Test(
        "O9 an opt-out stops every new mail, and nothing else does",
        arguments: [MailCategory.autoresponder, .workflow, .adHoc], OptInStatus.allCases)
    func newMails(category: MailCategory, status: OptInStatus) {
        let reason = refusalToSend(category, to: recipient(status), list: nil, answers: false, policy: .double)
        #expect(reason == (status == .optOutUser || status == .optOutContact ? status.rawValue : nil))
    }

    @Test("O7 an unconfirmed contact gets no new mail", arguments: MailCategory.allCases)
    func unconfirmed(category: MailCategory) {
        let recipient = Recipient(status: .singleOptInWebform, isUnconfirmed: true, lists: [])
        let reason = refusalToSend(category, to: recipient, list: nil, answers: false, policy: .any)
        #expect(reason == (category == .reply ? "no-conversation" : "unconfirmed"))
    }

    @Test("O9 a reply that names a mail of the contact goes, whatever the status", arguments: OptInStatus.allCases)
    func replies(status: OptInStatus) {
        for isUnconfirmed in [false, true] {
            let recipient = Recipient(status: status, isUnconfirmed: isUnconfirmed, lists: [])
            #expect(refusalToSend(.reply, to: recipient, list: nil, answers: true, policy: .double) == nil)
            let without = refusalToSend(.reply, to: recipient, list: nil, answers: false, policy: .double)
            #expect(without == "no-conversation")
        }
    }

    @Test("O10 a campaign to a list needs the subscription")
    func lists() {
        #expect(
            refusalToSend(.campaign, to: recipient(.doubleOptIn), list: "news", answers: false, policy: .double) == nil)
        #expect(
            refusalToSend(.campaign, to: recipient(.doubleOptIn), list: "events", answers: false, policy: .double)
                == "not-on-list")
        #expect(refusalToSend(.campaign, to: nil, list: nil, answers: false, policy: .any) == "unknown")
    }

    private func recipient(_ status: OptInStatus) -> Recipient {
        Recipient(status: status, isUnconfirmed: false, lists: ["news"])
    }
}
