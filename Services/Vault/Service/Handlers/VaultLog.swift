import Ledger
import Messaging
import Models
import PostgreSQL
import Settings
import VaultDomain

/// Entries of one answer: the default and the maximum.
private let ordinaryLimit: Int64 = 100
private let mostEntries: Int64 = 10_000
/// Maximum bytes of a cursor; even the cursor of an entry with a tampered time fits.
private let longestCursor = 65_536
/// Maximum bytes of a user's id, as in a token.
private let longestUser = 256
/// Maximum bytes of a stored column that is shown; an ordinary one has at most 700. A longer one was tampered with and
/// is left out, because it would leave no room for other entries.
private let longestStored = 16_384

/// `vault.log` †: the access log, newest first (V3), read from the ledger's entries.
struct VaultLog: QueryHandler {
    static let type = "vault.log"
    static let exchange = Exchange.requests
    private static let at = #"((e.leaf::jsonb ->> 'at') COLLATE "C")"#

    private let filter: Filter
    private let after: Cursor?
    private let limit: Int64

    /// The conditions on entries; nil: any value.
    private struct Filter {
        let user: String?
        let contact: String?
        let field: String?
        let outcome: Outcome?
        let from: Timestamp?
        let to: Timestamp?
    }

    private enum Outcome: String, CaseIterable {
        case released
        case refused
    }

    /// Identifies the last entry of a page by its time as stored, which may be tampered with, and its index.
    private struct Cursor {
        let at: String?
        let index: LedgerIndex

        var text: String { (at.map { "\($0)/" } ?? "") + index.description }

        init(at: String?, index: LedgerIndex) {
            self.at = at
            self.index = index
        }

        init?(_ text: String) {
            let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard let last = parts.last, let index = LedgerIndex(String(decoding: last, as: UTF8.self)),
                !text.utf8.contains(0)
            else { return nil }
            let at = parts.count > 1 ? String(decoding: text.utf8.dropLast(last.count + 1), as: UTF8.self) : nil
            self.init(at: at, index: index)
        }
    }

    static var permission: Permission? { .readAccessLog }

    init(reading data: Reader) throws(Refusal) {
        let contact = try data.optionalText("contact")
        guard contact.map({ ContactID($0) != nil }) ?? true else {
            throw data.refusal("contact", "must be a contact's id")
        }
        filter = Filter(
            user: try data.optionalText("user", limit: longestUser), contact: contact,
            field: try data.optionalText("field", limit: longestUser),
            outcome: data.optional("outcome") == nil ? nil : try data.choice("outcome"),
            from: data.optional("from") == nil ? nil : try data.timestamp("from"),
            to: data.optional("to") == nil ? nil : try data.timestamp("to"))
        after = try data.optionalText("after", limit: longestCursor).map { (text) throws(Refusal) in
            guard let cursor = Cursor(text) else { throw data.refusal("after", "is no cursor of this list") }
            return cursor
        }
        limit = data.optional("limit") == nil ? ordinaryLimit : try data.integer("limit", in: 1...mostEntries)
    }

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        try Self.page(of: try await context.pool.run([statement()])[0], limit: limit)
    }

    /// Tampered entries are shown as far as they are readable, and an audit reports them (X1); no row hides another. A
    /// page that would be too large ends early: 1,000 reasons can have 3 MiB.
    static func page(of rows: Rows, limit: Int64) throws -> JSON {
        var entries = ReplyPage()
        var last: Cursor?
        for row in rows.prefix(Int(limit)) {
            let index = LedgerIndex(
                partition: Int(try row.int64(0)), number: try row.int64(1), epoch: try row.int64(7))
            let leaf = try row.optionalText(2).flatMap { try? JSON(parsing: Array($0.utf8)) }
            let evidence: LedgerEvidence?
            if let salt = try row.optionalBytes(5), let content = try row.optionalText(6) {
                evidence = LedgerEvidence(contact: try row.optionalText(4), salt: salt, content: content)
            } else {
                evidence = nil
            }
            guard entries.add(entry(index, leaf, evidence?.opened(by: leaf))) else { break }
            last = Cursor(at: try row.optionalText(3), index: index)
        }
        let isMore = rows.count > entries.elements.count
        return ["entries": .array(entries.elements), "next": isMore ? .text(last?.text) ?? .null : .null]
    }

    private static func entry(_ index: LedgerIndex, _ leaf: JSON?, _ opened: JSON?) -> JSON {
        [
            "at": leaf?["at"] ?? .null, "user": leaf?["user"] ?? .null, "contact": opened?["contact"] ?? .null,
            "field": leaf?["field"] ?? .null, "reason": opened?["reason"] ?? .null,
            "outcome": leaf?["outcome"] ?? .null, "count": leaf?["count"] ?? .null,
            "index": .string(index.description),
        ]
    }

    private static func short(_ column: String) -> String {
        "CASE WHEN octet_length(\(column)) <= \(longestStored) THEN \(column) END"
    }

    /// Consists of constant parts, each with its index. With a contact, its few entries are looked up first.
    func statement() -> Statement {
        var values = Values()
        var few = ""
        var source = "ledger_entry AS e"
        if let contact = filter.contact {
            few = """
                WITH named AS MATERIALIZED (
                    SELECT partition, number FROM ledger_evidence WHERE contact = \(values.bind(.text(contact))))
                """
            // LATERAL … LIMIT makes the planner look up each entry in the index, regardless of its statistics.
            source = """
                named CROSS JOIN LATERAL (
                    SELECT partition, number, leaf FROM ledger_entry AS l
                    WHERE l.partition = named.partition AND l.number = named.number LIMIT 1) AS e
                """
        }
        let sql = """
            \(few) SELECT e.partition, e.number, \(Self.short("e.leaf")), \(Self.at), v.contact,
                \(Self.short("v.salt")),
                \(Self.short("v.content")), \(LedgerIndex.epochColumn(of: "e"))
            FROM \(source)
            LEFT JOIN ledger_evidence AS v ON v.partition = e.partition AND v.number = e.number
            WHERE \(conditions(&values).joined(separator: " AND "))
            ORDER BY \(Self.at) DESC, e.partition DESC, e.number DESC LIMIT \(limit + 1)
            """
        return Statement(varying: sql, values.parameters)
    }

    private func conditions(_ values: inout Values) -> [String] {
        var conditions = ["(e.leaf::jsonb ->> 'type') = '\(AccessEntry.type)'"]
        let texts = [("user", filter.user), ("field", filter.field), ("outcome", filter.outcome?.rawValue)]
        for case (let member, let text?) in texts {
            conditions.append("(e.leaf::jsonb ->> '\(member)') = \(values.bind(.text(text)))")
        }
        if let from = filter.from { conditions.append("\(Self.at) >= \(values.bind(.text(from.rfc3339)))") }
        if let to = filter.to { conditions.append("\(Self.at) < \(values.bind(.text(to.rfc3339)))") }
        guard let after else { return conditions }
        let at = after.at.map { values.bind(.text($0)) }
        let partition = values.bind(.int4(Int32(clamping: after.index.partition))) + "::int4::int2"
        let number = values.bind(.int8(after.index.number))
        if let at {
            conditions.append("(\(Self.at), e.partition, e.number) < (\(at), \(partition), \(number))")
        } else {
            // Entries without a time, after tampering, come first.
            conditions.append(
                "(\(Self.at) IS NOT NULL OR (e.partition, e.number) < (\(partition), \(number)))")
        }
        return conditions
    }

    /// The bound values, in the order of their numbers.
    private struct Values {
        private(set) var parameters: [Parameter] = []

        mutating func bind(_ parameter: Parameter) -> String {
            parameters.append(parameter)
            return "$\(parameters.count)"
        }
    }
}
