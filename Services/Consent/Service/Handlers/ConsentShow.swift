import ConsentDomain
import Messaging
import Models

/// `consent.show`: what is known of a contact here. The reply carries attribute values, so that it is not stored.
struct ConsentShow: Handler {
    static let type = "consent.show"
    static let exchange = Exchange.requests
    static let isReading = true

    init(reading data: Reader) {}

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let overview = try state.overview(of: context.environment.consents)
        return [.answerLater { overview }]
    }
}
