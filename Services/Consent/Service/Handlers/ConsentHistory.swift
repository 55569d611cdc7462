import ConsentDomain
import Messaging
import Models

/// Entries of one answer: the default and the maximum (contract section 3).
private let ordinaryLimit: Int64 = 100
private let mostEntries: Int64 = 10_000
/// Maximum bytes of a cursor, which is an index.
private let longestCursor = 64

/// `consent.history`: a contact's decisions after all messages published before the request, newest first, each with
/// its receipt (X2). The reply is not stored: receipts are made anew each time.
struct ConsentHistory: Handler {
    static let type = "consent.history"
    static let exchange = Exchange.requests
    static let isReading = true

    private let limit: Int64
    /// The last entry of the page before.
    private let after: LedgerIndex?

    init(reading data: Reader) throws(Refusal) {
        limit = data.optional("limit") == nil ? ordinaryLimit : try data.integer("limit", in: 1...mostEntries)
        after = try data.optionalText("after", limit: longestCursor).map { (text) throws(Refusal) in
            guard let index = LedgerIndex(text) else { throw data.refusal("after", "is no cursor of this list") }
            return index
        }
    }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        let newest = try state.newestDecision()
        guard let history = context.environment.history else { throw Refusal(.unavailable, "there is no ledger here") }
        let contact = context.subject
        // The page is read after the batch's commit, so its beginning is fixed here; later decisions are left out.
        let before = min(after?.number ?? .max, (newest?.number ?? 0) + 1)
        return [.answerLater { try await history.page(of: contact, before: before, limit: limit) }]
    }
}
