import Messaging
import Models
import OptInDomain

/// `optin.show`: a contact's status, lists and whole history, as they stand behind all that was published before (O13).
struct OptInShow: Handler {
    static let type = "optin.show"
    static let exchange = Exchange.requests
    static let isReading = true

    init(reading data: Reader) throws(Refusal) {}

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        guard state.exists else { throw Refusal(.unknownContact, "the contact is not known") }
        let shown = state
        let contact = context.subject
        let reads = context.environment.reads
        // The history holds where somebody sat and what they used, so it is read and answered, never stored again.
        return [
            .answerLater {
                JSON(present: [
                    "status": .string(shown.status.rawValue), "since": .text(shown.since?.rfc3339),
                    "lists": .array(shown.lists.map { .string($0) }),
                    "history": .array(try await reads.history(of: contact, first: shown.changeCount)),
                ])
            }
        ]
    }
}
