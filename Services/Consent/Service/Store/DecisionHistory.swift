import Ledger
import LedgerService
import Models
import PostgreSQL
import Settings

/// Entries read for one page at most; a reply has room for about half as many receipts.
private let mostRead: Int64 = 500

/// Reads a contact's decisions from the ledger, newest first, each with its receipt (X2).
struct DecisionHistory: Sendable {
    // LATERAL with a LIMIT makes the planner look up each row in the index, regardless of its statistics.
    private static let page = """
        SELECT d.partition, d.number, \(LedgerIndex.epochColumn(of: "d")), d.language, e.leaf, e.leaf_hash, l.hash,
            v.contact, v.salt, v.content
        FROM (SELECT partition, number, language FROM decision
            WHERE contact = $1 AND number < $2 ORDER BY number DESC LIMIT $3) AS d
        LEFT JOIN LATERAL (SELECT leaf, leaf_hash FROM ledger_entry
            WHERE partition = d.partition AND number = d.number LIMIT 1) AS e ON true
        LEFT JOIN LATERAL (SELECT hash FROM ledger_leaf
            WHERE partition = d.partition AND number = d.number LIMIT 1) AS l ON true
        LEFT JOIN LATERAL (SELECT contact, salt, content FROM ledger_evidence
            WHERE partition = d.partition AND number = d.number LIMIT 1) AS v ON true
        ORDER BY d.number DESC
        """

    let pool: Pool
    let ledger: ServiceLedger
    /// Without a trailing slash.
    let publicURL: String

    /// One row of a page. A row that was changed by hand has no leaf and gets no receipt; an audit reports it (X1).
    private struct Entry {
        let index: LedgerIndex
        let language: String?
        var leaf: JSON?
        var opening: JSON?
        let isFolded: Bool

        /// The name of the text that was shown.
        var textKey: ShownTexts.Key? {
            guard let language, let consent = leaf?["consent"]?.text, let version = leaf?["textVersion"]?.text else {
                return nil
            }
            return [Settings.ShownText.name(ofConsent: consent), version, language]
        }

        init(_ row: Row, of contact: String) throws {
            index = LedgerIndex(
                partition: Int(try row.int64(0)), number: try row.int64(1), epoch: try row.int64(2))
            language = try row.optionalText(3)
            let folded = try row.optionalBytes(6)
            isFolded = folded != nil
            guard let text = try row.optionalText(4) else { return }
            let hash = MerkleHash.leaf([UInt8](text.utf8))
            guard hash == (try row.optionalBytes(5)), hash == folded ?? hash,
                let leaf = try? JSON(parsing: [UInt8](text.utf8)), leaf["index"]?.text == index.description
            else { return }
            if let salt = try row.optionalBytes(8), let content = try row.optionalText(9) {
                let evidence = LedgerEvidence(contact: try row.optionalText(7), salt: salt, content: content)
                opening = evidence.opened(by: leaf)
                guard opening?["contact"]?.text == contact else { return }
            }
            self.leaf = leaf
        }
    }

    /// The members `entries` and `next`. `before`: entries with lower numbers only.
    func page(of contact: String, before: Int64, limit: Int64) async throws -> JSON {
        let limit = min(limit, mostRead)
        // The checkpoint is read last: one transaction writes it and the leaves, so that it covers all that were seen.
        let rows = try await pool.run([Self.statement(contact, before: before, limit: limit + 1)])[0]
        let entries = try rows.prefix(Int(limit)).map { row in try Entry(row, of: contact) }
        let checkpoint = try await LedgerReader(pool).checkpoint()?.note
        let texts = ShownTexts(pool: pool)
        let shown = try await texts.contents(of: entries.compactMap(\.textKey))
        let controllers = try await texts.controllers()
        var page = ReplyPage()
        for entry in entries {
            let receipt = entry.leaf.map { leaf in
                Receipt(
                    index: entry.index, leaf: leaf, contact: contact, language: entry.language,
                    statement: entry.opening?["text"]?.text, shown: entry.textKey.flatMap { shown[$0] },
                    controller: Self.controller(at: leaf["at"], of: controllers),
                    checkpoint: entry.isFolded ? checkpoint : nil
                ).signed(by: ledger.signer, publicURL: publicURL)
            }
            let element: JSON = ["index": .string(entry.index.description), "receipt": .text(receipt) ?? .null]
            guard page.add(element) else { break }
        }
        let isMore = rows.count > page.elements.count
        let last = page.elements.isEmpty ? nil : entries[page.elements.count - 1].index.description
        return ["entries": .array(page.elements), "next": isMore ? .text(last) ?? .null : .null]
    }
    static func statement(_ contact: String, before: Int64, limit: Int64) -> Statement {
        Statement(page, [.text(contact), .int8(before), .int8(limit)])
    }

    /// The one who was named at that time; for a decision before anybody was named, the first.
    private static func controller(at time: JSON?, of named: [(since: Timestamp, content: JSON)]) -> JSON? {
        guard let at = time?.text.flatMap({ Timestamp(rfc3339: $0) }) else { return nil }
        return (named.last { $0.since <= at } ?? named.first)?.content
    }
}
