import Messaging
import Models
import OptInDomain

/// Changes in one answer: the default and the maximum (contract section 3).
private let ordinaryLimit = 100
private let mostChanges: Int64 = 1000
/// Maximum bytes of a cursor, which is a number.
private let longestCursor = 20

/// `optin.show`: a contact's status, lists and history after all messages published before the request (O13). The
/// history is read from the newest change backwards, page by page.
struct OptInShow: Handler {
    static let type = "optin.show"
    static let exchange = Exchange.requests
    static let isReading = true
    private let limit: Int
    /// A cursor: only changes with a lower number are returned.
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
        // The history is read after the batch's commit, so its end is fixed here; later changes are left out.
        let end = min(before ?? .max, shown.changeCount + 1)
        // The history holds addresses and browsers of visitors, so the reply is computed anew each time and never
        // stored.
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
