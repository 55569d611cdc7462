import Messaging
import Models
import VaultDomain

/// Maximum bytes of a text, as in the whole contract.
private let longestText = 4096
/// Contacts in a page: the default and the maximum.
private let ordinaryLimit = 100
private let mostContacts: Int64 = 10_000

/// `vault.find`: finds contacts by the visible end of a sensitive field or the beginning of a word of any other field
/// (V5). It searches the text that `vault.read` shows, including locked fields.
struct VaultFind: QueryHandler {
    static let type = "vault.find"
    static let exchange = Exchange.requests
    private let text: String
    private let field: String?
    private let behind: String
    private let limit: Int

    init(reading data: Reader) throws(Refusal) {
        text = try data.text("text", limit: longestText)
        guard Findable.isLongEnough(text) else { throw data.refusal("text", "must have 2 characters at least") }
        field = data.optional("field") == nil ? nil : try data.name("field")
        behind = try ContactFinder.end(of: try data.optionalText("after"))
        limit = data.optional("limit") == nil ? ordinaryLimit : Int(try data.integer("limit", in: 1...mostContacts))
    }

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        let environment = context.environment
        let name = try field.map { (text) throws(Refusal) in
            try environment.rules.field(text, at: "/data/field")
        }
        let questions = environment.questions
        let finder = ContactFinder(index: questions.find, keys: questions.keys, data: context.pool)
        let lookups = try await questions.find.lookups(of: text, in: name)
        guard lookups.contains(where: \.opens) else {
            return try await finder.page(lookups, behind: behind, limit: limit).json
        }
        return try await questions.opening.withPermit {
            try await finder.page(lookups, behind: behind, limit: limit).json
        }
    }
}
