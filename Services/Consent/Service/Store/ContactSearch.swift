import Cryptography
import Messaging
import Models
import PostgreSQL

/// Bytes of ids in one page: 10,000 of the longest ids would not fit a message (contract section 1).
private let largestPage = 900_000
/// Contacts that an index is expected to name at most: of more, too few are looked at in time. A fifth of these are,
/// and estimates may be that much too high.
private let mostNamed = 500_000
/// Parts of a condition for which an index is considered.
private let mostParts = 10

/// The contacts that meet a condition, page by page, in the order of their ids: `consent.find` and `internal.find`.
///
/// No one way is fast for every condition. Where many meet it, walking in the order of ids finds a page at once; where
/// few do, an index names them. The planner decides which, and errs where those who meet it stand together, such as the
/// newest: it takes them for spread evenly. So each way has its time. What none finds in time is looked for in one
/// stretch of ids a page: such a page may be short, even empty, with a `next` that stands behind the stretch.
struct ContactSearch {
    let pool: Pool
    let vocabulary: Condition.Vocabulary
    /// Nil: as the page's limit says.
    var patience: SearchPatience?

    /// The page that is asked for.
    func answer(_ question: FindQuestion) async throws -> ContactPage {
        let condition = try Condition(reading: question.condition, at: "/data/where", knowing: vocabulary)
        return try await page(of: condition, after: question.after, limit: question.limit)
    }

    /// Facts may have come of contacts that no message created: these are left out.
    func page(of condition: Condition, after cursor: String?, limit: Int) async throws -> ContactPage {
        let start = try Self.end(of: cursor)
        let patience = patience ?? SearchPatience(limit: limit)
        // One more, which says whether there is a page behind.
        let statements = SearchStatements(condition: condition, limit: limit + 1)
        let parts = condition.indexedParts.prefix(mostParts)
        // Where no index serves, nothing but the walk is left, and what it saw is not to be seen again.
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

    /// By the part of the condition of which an index names the fewest.
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

    /// Stretch by stretch until the page is full, the last contact was seen or the next would take too long.
    private func walked(
        _ statements: SearchStatements, _ start: String, _ limit: Int, _ patience: SearchPatience
    ) async throws -> ContactPage {
        // Each stretch takes about as long as all before it.
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

    /// Nil where the time did not suffice.
    private func inTime(_ statements: [Statement]) async throws -> [Rows]? {
        do throws(DatabaseError) {
            return try await pool.run(statements + [SearchStatements.last]).dropLast()
        } catch {
            guard error.sqlState == "57014" else { throw error }
            return nil
        }
    }

    private static func ids(_ rows: Rows) throws -> [String] { try rows.map { try $0.text(0) } }

    /// What stands behind the page is found again from its last contact on; `next`, where all of them are in it.
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

    /// An id behind which the next page begins, so that nothing is read twice and what is added shifts nothing.
    private static func cursor(_ last: String?) -> String? { last.map { Base64URL.encode(Array($0.utf8)) } }

    private static func end(of cursor: String?) throws(Refusal) -> String {
        guard let cursor else { return "" }
        guard let bytes = Base64URL.decode(cursor), let last = ContactID(String(decoding: bytes, as: UTF8.self)) else {
            throw Refusal(.invalidField, "is no cursor that an answer gave", at: "/data/after")
        }
        return last.text
    }
}
