import Cryptography
import Messaging
import Models
import PostgreSQL

/// Maximum bytes of ids in one page: 10,000 of the longest ids would not fit a message (contract section 1).
private let largestPage = 900_000
/// Maximum estimated matches for an index search. About a fifth as many can be read in time; the estimate may be five
/// times too high.
private let mostNamed = 500_000
/// Maximum number of condition parts for which an index is considered.
private let mostParts = 10

/// The contacts that meet a condition, page by page, in the order of their ids: `consent.find` and `internal.find`.
///
/// No single query plan is fast for every condition. If many contacts match, walking in the order of ids finds a page
/// at once; if few match, an index finds them. The planner chooses, but it assumes that matches are spread evenly and
/// chooses badly if they are adjacent, such as the newest contacts. So each plan is tried with a timeout. If none
/// finishes, one stretch of ids is searched per page: such a page may be short, even empty, with a `next` that points
/// behind the stretch.
struct ContactSearch {
    let pool: Pool
    let vocabulary: Condition.Vocabulary
    /// Nil: derived from the page's limit.
    var patience: SearchPatience?

    /// Returns the requested page.
    func answer(_ question: FindQuestion) async throws -> ContactPage {
        let condition = try Condition(reading: question.condition, at: "/data/where", knowing: vocabulary)
        return try await page(of: condition, after: question.after, limit: question.limit)
    }

    /// Leaves out contacts that only facts have named and no message has created.
    func page(of condition: Condition, after cursor: String?, limit: Int) async throws -> ContactPage {
        let start = try Self.end(of: cursor)
        let patience = patience ?? SearchPatience(limit: limit)
        // One row more than the page holds shows whether another page follows.
        let statements = SearchStatements(condition: condition, limit: limit + 1)
        let parts = condition.indexedParts.prefix(mostParts)
        // If no index applies, only the walk is left; trying the planner first would read the same rows twice.
        if !parts.isEmpty {
            if let ids = try await planned(statements, start, patience.planned) { return Self.page(of: ids, limit) }
            if let ids = try await indexed(parts, statements, start, patience.indexed) {
                return Self.page(of: ids, limit)
            }
        }
        return try await walked(statements, start, limit, patience)
    }

    private func planned(_ statements: SearchStatements, _ start: String, _ time: Duration?) async throws -> [String]? {
        guard let time else { return nil }
        return try await inTime([SearchStatements.within(time), statements.planned(after: start)])?.last.map(Self.ids)
    }

    /// Searches by the part of the condition with the lowest index estimate.
    private func indexed(
        _ parts: ArraySlice<Condition>, _ statements: SearchStatements, _ start: String, _ time: Duration?
    ) async throws -> [String]? {
        guard let time else { return nil }
        let setting = SearchStatements.indexed(within: time)
        let estimating = [setting] + parts.map { statements.estimate(of: $0, after: start) }
        guard let plans = try await inTime(estimating)?.dropFirst() else { return nil }
        let estimates = try plans.map { try SearchStatements.estimate(from: $0) ?? .max }
        guard let (part, named) = zip(parts, estimates).min(by: { $0.1 < $1.1 }), named <= mostNamed else { return nil }
        return try await inTime([setting, statements.indexed(by: part, after: start)])?.last.map(Self.ids)
    }

    /// Walks stretch by stretch until the page is full, no contact is left or the next stretch would take too long.
    private func walked(
        _ statements: SearchStatements, _ start: String, _ limit: Int, _ patience: SearchPatience
    ) async throws -> ContactPage {
        // The next stretch takes about as long as all earlier ones together, so the walk stops at half its time.
        let half = ContinuousClock.now + patience.walk / 2
        var ids: [String] = []
        var behind = start, contacts = patience.firstStretch
        while true {
            let border = try await pool.run([
                SearchStatements.inOrder(), SearchStatements.border(after: behind, contacts: contacts),
            ])[1].first?.text(0)
            let stretch = statements.stretch(after: behind, to: border, limit: limit + 1 - ids.count)
            ids += try Self.ids(try await pool.run([SearchStatements.inOrder(), stretch])[1])
            guard let border, ids.count <= limit else { return Self.page(of: ids, limit) }
            guard ContinuousClock.now < half else { return Self.page(of: ids, limit, next: border) }
            (behind, contacts) = (border, contacts * 2)
        }
    }

    /// Nil on a statement timeout.
    private func inTime(_ statements: [Statement]) async throws -> [Rows]? {
        do throws(DatabaseError) {
            return try await pool.run(statements + [SearchStatements.last]).dropLast()
        } catch {
            guard error.sqlState == "57014" else { throw error }
            return nil
        }
    }

    private static func ids(_ rows: Rows) throws -> [String] { try rows.map { try $0.text(0) } }

    /// A full page continues after its last contact; `next` is used if all ids fit into the page.
    private static func page(of ids: [String], _ limit: Int, next: String? = nil) -> ContactPage {
        var contacts: [ContactID] = []
        var size = 0
        for contact in ids.lazy.compactMap({ ContactID($0) }) {
            size += contact.text.utf8.count + 3
            if contacts.count == limit || size > largestPage {
                return ContactPage(contacts: contacts, next: cursor(contacts.last?.text))
            }
            contacts.append(contact)
        }
        return ContactPage(contacts: contacts, next: cursor(next))
    }

    /// The id after which the next page begins: no contact is read twice, and inserts shift nothing.
    private static func cursor(_ last: String?) -> String? { last.map { Base64URL.encode(Array($0.utf8)) } }

    private static func end(of cursor: String?) throws(Refusal) -> String {
        guard let cursor else { return "" }
        guard let bytes = Base64URL.decode(cursor), let last = ContactID(String(decoding: bytes, as: UTF8.self)) else {
            throw Refusal(.invalidField, "is no cursor that an answer gave", at: "/data/after")
        }
        return last.text
    }
}
