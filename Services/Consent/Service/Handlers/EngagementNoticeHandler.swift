import ConsentDomain
import Messaging
import Models

/// `internal.engagement`: the web answered a tracking pixel or a tracked link (C2). Of a contact that nobody knows any
/// more it is dropped: no publisher waits for a refusal.
struct EngagementNoticeHandler: Handler {
    static let type = EngagementNotice.type
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .consent
    static let readsSummary = true

    private let engagement: Engagement

    init(reading data: Reader) throws(Refusal) { engagement = try Engagement(reading: data) }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        context.effects(of: engagement, by: state)
    }
}
