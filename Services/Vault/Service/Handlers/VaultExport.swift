import Cryptography
import Messaging
import Models
import PostgreSQL
import VaultDomain

/// Maximum contacts of one export, and fields of each (contract section 3).
private let mostContacts = 1000
private let mostFields = 200
/// Maximum sealed bytes read for one export; an ordinary one has a tenth.
private let mostSealed: Int64 = 8 << 20
/// Attempts to read values and keys: a value may be rewritten under another key between the two reads.
private let attempts = 3

/// `vault.export`: the fields of several contacts, masked as in `vault.read` (V4); unknown and erased contacts have no
/// row.
struct VaultExport: QueryHandler {
    static let type = "vault.export"
    static let exchange = Exchange.requests
    private static let size = """
        SELECT coalesce(sum(octet_length(sealed)), 0)::bigint FROM field
        WHERE contact = ANY($1) AND ($2 OR name = ANY($3))
        """

    private let named: [String]
    private let contacts: [String]
    private let asked: [String]?

    init(reading data: Reader) throws(Refusal) {
        var seen: Set<String> = []
        named = try data.contacts("contacts", limit: mostContacts).map(\.text)
        contacts = named.filter { seen.insert($0).inserted }
        asked =
            data.optional("fields") == nil
            ? nil : try data.names("fields", limit: mostFields).map(\.composed)  // the database compares bytes
    }

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        let statement = Statement(Self.size, [.texts(contacts), .bool(asked == nil), .texts(asked ?? [])])
        guard try await context.pool.run([statement])[0][0].int64(0) <= mostSealed else { throw tooLarge }
        return try await context.environment.questions.opening.withPermit {
            try await self.answer(context, attempts: attempts)
        }
    }

    private func answer(_ context: QueryContext<VaultEnvironment>, attempts: Int) async throws -> JSON {
        do {
            return ["rows": .array(try await rows(context))]
        } catch let error as UnopenedContact {
            guard attempts == 1 else { return try await answer(context, attempts: attempts - 1) }
            throw Refusal(
                .failed, "what is stored of this contact cannot be opened",
                at: "/data/contacts/\(named.firstIndex(of: error.contact) ?? 0)")
        }
    }

    private func rows(_ context: QueryContext<VaultEnvironment>) async throws -> [JSON] {
        let store = FieldsStore(
            keys: context.environment.questions.keys, sealing: context.environment.sealing,
            find: context.environment.questions.find)
        let rules = context.environment.rules
        let states = try await store.states(
            of: contacts, from: try await context.pool.run(store.loading(contacts))[...])
        let shown = contacts.compactMap { id in
            states[id].flatMap { $0.exists && !$0.isErased ? (id, $0) : nil }
        }
        let known = shown.reduce(into: Set(rules.masks.keys)) { $0.formUnion($1.1.knownFields(rules)) }
        let names = try Fields.asked(asked, among: known)?.sorted()
        var rows = ReplyPage()
        for (id, fields) in shown {
            // Thousands of values may be opened here, so other tasks get to run in between.
            await Task.yield()
            let cipher = store.keys.cipher(contact: id, keys: fields.keys)
            let views = fields.view(names ?? fields.knownFields(rules).sorted(), rules: rules)
            do {
                let row: JSON = ["contact": .string(id), "fields": try cipher.shown(views)]
                guard rows.add(row) else { throw tooLarge }
            } catch is UnopenedField {
                throw UnopenedContact(contact: id)
            }
        }
        return rows.elements
    }

    private var tooLarge: Refusal { .replyTooLarge("name fewer `contacts` or `fields`") }
}

/// A field of this contact cannot be opened.
private struct UnopenedContact: Error {
    let contact: String
}
