import Messaging
import Models
import OptInDomain

/// Changes of one answer: without a limit, and with one (contract section 3).
private let ordinaryLimit = 100
private let mostChanges: Int64 = 1000
/// Bytes of a cursor: a number.
private let longestCursor = 20

/// `optin.show`: a contact's status, lists and history, as they stand behind all that was published before (O13). The
/// history is read backwards, page by page.
struct OptInShow: Handler {
    static let type = "optin.show"
    static let exchange = Exchange.requests
    static let isReading = true
    private let limit: Int
    /// The number of a change: those before it are asked for.
    private let before: Int?

    init(reading data: Reader) throws(Refusal) {
        limit = data.optional("limit") == nil ? ordinaryLimit : Int(try data.integer("limit", in: 1...mostChanges))
        before = try data.optionalText("before", limit: longestCursor).map { (text) throws(Refusal) in
            guard let number = Int32(text), number > 0, String(number) == text else {
                throw data.refusal("before", "is no cursor that an answer gave as earlier")
            }
            return Int(number)
        }
    }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        guard state.exists else { throw Refusal(.unknownContact, "the contact is not known") }
        let shown = state
        let contact = context.subject
        let reads = context.environment.reads
        // What this message's own batch changes is in the database by the time of the answer, and later changes too.
        let end = min(before ?? .max, shown.changeCount + 1)
        // The history holds where somebody sat and what they used, so it is read and answered, never stored again.
        return [
            .answerLater {
                let page = try await reads.history(of: contact, before: end, limit: limit)
                return JSON(present: [
                    "status": .string(shown.status.rawValue), "since": .text(shown.since?.rfc3339),
                    "lists": .array(shown.lists.map { .string($0) }), "history": .array(page.changes),
                    "earlier": page.earlier.map { .string(String($0)) } ?? .null,
                ])
            }
        ]
    }
}
