import Cryptography
import Messaging
import Models
import PostgreSQL

/// Bytes of ids in one page: 10,000 of the longest ids would not fit a message (contract section 1).
private let largestPage = 900_000

/// The contacts that meet a condition, page by page, in the order of their ids: `consent.find` and `internal.find`.
struct ContactSearch {
    let pool: Pool
    let vocabulary: Condition.Vocabulary

    /// Facts may have come of contacts that no message created: these are left out.
    func answer(_ question: FindQuestion) async throws -> ContactPage {
        let condition = try Condition(reading: question.condition, at: "/data/where", knowing: vocabulary)
        let statement = Self.statement(condition, after: try Self.end(of: question.after), limit: question.limit + 1)
        var contacts: [ContactID] = []
        var size = 0
        for row in try await pool.run([statement])[0] {
            guard let contact = ContactID(try row.text(0)) else { continue }
            size += contact.text.utf8.count + 3
            if contacts.count == question.limit || size > largestPage {
                return ContactPage(contacts: contacts, next: Self.cursor(contacts.last))
            }
            contacts.append(contact)
        }
        return ContactPage(contacts: contacts, next: nil)
    }

    /// Varying, as conditions are: the plan is made for the values, since those decide whether an index is worth it.
    static func statement(_ condition: Condition, after id: String, limit: Int) -> Statement {
        var sql = ConditionSQL(following: [.text(id), .int8(Int64(limit))])
        let text = sql.text(of: condition)
        return Statement(
            varying: "SELECT id FROM contact WHERE is_known AND id > $1 AND \(text) ORDER BY id LIMIT $2",
            sql.parameters)
    }

    /// The last id of a page, so that nothing is read twice and what is added meanwhile shifts nothing.
    static func cursor(_ last: ContactID?) -> String? { last.map { Base64URL.encode(Array($0.text.utf8)) } }

    private static func end(of cursor: String?) throws(Refusal) -> String {
        guard let cursor else { return "" }
        guard let bytes = Base64URL.decode(cursor), let last = ContactID(String(decoding: bytes, as: UTF8.self)) else {
            throw Refusal(.invalidField, "is no cursor that an answer gave", at: "/data/after")
        }
        return last.text
    }
}
