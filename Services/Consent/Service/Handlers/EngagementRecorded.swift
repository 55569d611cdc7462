import ConsentDomain
import Messaging
import Models

/// `engagement.recorded`: becomes the fact `engagement.accepted` if the contact allows tracking now, and is dropped and
/// counted otherwise (C2). It changes no state and reads one row, so that it costs little beside its inbox row and its
/// outbox row.
struct EngagementRecorded: Handler {
    static let type = "engagement.recorded"
    static let exchange = Exchange.contacts
    static let readsSummary = true

    private let engagement: Engagement

    init(reading data: Reader) throws(Refusal) { engagement = try Engagement(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        try state.requireExistence()
        return context.effects(of: engagement, by: state)
    }
}

extension Context<ConsentContact> {
    /// The fact about an engagement; nothing without the contact's consent (C2).
    func effects(of engagement: Engagement, by contact: ConsentContact) -> [Effect] {
        guard let consent = environment.tracking, contact.isAllowed(consent, at: now) else {
            environment.droppedEngagement.count(.noConsent)
            return []
        }
        return [.fact("engagement.accepted", engagement.json)]
    }
}
