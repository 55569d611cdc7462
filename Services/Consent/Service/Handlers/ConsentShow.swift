import ConsentDomain
import Messaging
import Models

/// `consent.show`: shows a contact's state in this service. The reply carries attribute values and is therefore not
/// stored.
struct ConsentShow: Handler {
    static let type = "consent.show"
    static let exchange = Exchange.requests
    static let isReading = true

    init(reading data: Reader) {}

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let overview = try state.overview(of: context.environment.consents, at: context.now)
        return [.answerLater { overview }]
    }
}
