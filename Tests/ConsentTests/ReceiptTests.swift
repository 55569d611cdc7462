import ConsentDomain
import Cryptography
import FoundationEssentials
import Ledger
import LedgerService
import Models
import PostgreSQL
import Settings
import TestSupport
import Testing

@testable import ConsentService
@testable import Messaging

private let publicURL = "https://example.com"
private let sharing = DeclaredConsent(name: "sharing", version: "1", isGrantedByDefault: false, field: nil)
private let yaml = """
    brand: {name: A}
    languages: [en, de]
    controller: {name: Example GmbH, address: Berlin, contact: +49 30 1234, privacyPolicy: "https://example.com/privacy"}
    consents:
      sharing:
        kind: custom
        version: "1"
        purpose: {en: To share, de: Zum Teilen}
        recipients: [Partner AG]
        text: {en: You may share, de: Sie dürfen teilen}
    """

@Suite("X2 receipts of decisions", .database)
struct ReceiptTests {
    private let signer: CheckpointSigner

    init() throws {
        let seed = Base64URL.encode([UInt8](repeating: 1, count: 32))
        let ring = try Ed25519KeyRing(json: #"{"keys":[{"version":1,"key":"\#(seed)"}]}"#)
        signer = try #require(CheckpointSigner(service: "consent", publicURL: publicURL, keys: ring))
    }

    private func withHistory(_ body: (Pool, DecisionHistory) async throws -> Void) async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let early = Timestamp(microseconds: decisionTime.microseconds - 1_000_000)
            try await ShownTexts(pool: pool).require(yaml: yaml, at: early)
            let ledger = ServiceLedger(signing: SigningKeys(signer))
            try await body(pool, DecisionHistory(pool: pool, ledger: ledger, publicURL: publicURL))
        }
    }

    private func record(
        _ choices: [Decision.Choice], channel: String = "page", of contact: String = "c-1", in pool: Pool
    ) async throws {
        try await decide(contact, in: 3, pool) { state in
            for choice in choices {
                let act = DecisionAct(
                    channel: channel,
                    evidence: Evidence(
                        note: "ada@example.com rang", remoteAddress: "192.0.2.7", text: "Sie dürfen teilen",
                        language: "de"),
                    request: KeptRequest(id: UUID(), source: "/crm", type: "consent.record", replies: []),
                    order: UUID(), stamp: OrderBook.Stamp(number: 256, epoch: 0), at: decisionTime)
                _ = try state.decide(choice, on: sharing, by: act)
            }
        }
    }

    private func payload(_ entry: JSON?) throws -> JSON {
        let receipt = try #require(entry?["receipt"]?.text)
        return try JSON(
            parsing: try Ed25519JWS.open(receipt, type: Receipt.type, by: signer.keys.publicKeys))
    }

    @Test("a receipt has the fields of ISO/IEC TS 27560 by the vocabulary's names, and nobody's address")
    func fields() async throws {
        try await withHistory { pool, history in
            try await record([.granted], in: pool)
            let entry = try await history.page(of: "c-1", before: .max, limit: 10)["entries"]?.elements?.first
            #expect(entry?["index"] == "3-1")
            let receipt = try payload(entry)
            #expect(receipt["@type"] == "dpv:ConsentReceipt" && receipt["dct:identifier"] == "3-1")
            let record = try #require(receipt["dpv:hasRecordOfActivity"])
            #expect(record["@type"] == "dpv:ConsentRecord")
            #expect(record["dpv:hasDataSubject"]?["dct:identifier"] == "c-1")
            #expect(record["dpv:hasDataController"]?["dpv:hasName"] == "Example GmbH")
            let process = record["dpv:hasProcess"]
            #expect(process?["dpv:hasPurpose"]?["dct:description"] == ["@value": "Zum Teilen", "@language": "de"])
            #expect(process?["dpv:hasLegalBasis"] == "dpv:Consent")
            #expect(process?["dpv:hasRecipient"] == [["@type": "dpv:Recipient", "dpv:hasName": "Partner AG"]])
            let notice = record["dpv:hasNotice"]
            #expect(notice?["dct:hasVersion"] == "1" && notice?["dct:language"] == "de")
            #expect(notice?["dct:description"] == ["@value": "Sie dürfen teilen", "@language": "de"])
            let status = record["dpv:hasConsentStatus"]
            #expect(status?["@type"] == ["dpv:ConsentGiven", "dpv:ExpressedConsent"])
            #expect(status?["dpv:isIndicatedAtTime"] == .string(decisionTime.rfc3339))
            #expect(!receipt.serialized.contains("ada@") && !receipt.serialized.contains("192.0.2.7"))
        }
    }

    @Test("it names the entry and its commitment, and carries the newest checkpoint once that covers the entry")
    func ledger() async throws {
        try await withHistory { pool, history in
            try await record([.granted, .revoked], in: pool)
            var page = try await history.page(of: "c-1", before: .max, limit: 10)
            var entry = try payload(page["entries"]?.elements?.first)["assent:ledgerEntry"]
            #expect(entry?["assent:index"] == "3-2" && entry?["assent:checkpoint"] == nil)
            let checkpoint = try #require(try await Checkpointer(pool, signer: { signer }).fold())
            page = try await history.page(of: "c-1", before: .max, limit: 10)
            entry = try payload(page["entries"]?.elements?.first)["assent:ledgerEntry"]
            #expect(entry?["assent:checkpoint"] == .string(checkpoint.note))
            let index = LedgerIndex(partition: 3, number: 2)
            let proof = try await LedgerReader(pool).proof(of: index, waiting: .zero)
            #expect(entry?["assent:commitment"]?.text == proof?.opening?.commitment)
        }
    }

    @Test("an erasure of the evidence changes no receipt; a changed configuration neither")
    func stable() async throws {
        try await withHistory { pool, history in
            try await record([.granted], in: pool)
            let before = try await history.page(of: "c-1", before: .max, limit: 10)
            _ = try await pool.run([Statement("DELETE FROM ledger_evidence")])
            let later = yaml.replacing("Example GmbH", with: "Other GmbH")
                .replacing("version: \"1\"", with: "version: \"2\"").replacing("To share", with: "To sell")
            try await ShownTexts(pool: pool).require(
                yaml: later, at: Timestamp(microseconds: decisionTime.microseconds + 1_000_000))
            #expect(try await history.page(of: "c-1", before: .max, limit: 10) == before)
        }
    }

    @Test(
        "what lapsed or was withdrawn says so",
        arguments: [
            ("page", Decision.Choice.revoked, "dpv:ConsentWithdrawn", "dpv:DataSubject"),
            ("expired", .revoked, "dpv:ConsentExpired", "dpv:DataController"),
            ("phone", .granted, "dpv:ConsentGiven", "dpv:DataSubject"),
        ])
    func status(_ channel: String, _ choice: Decision.Choice, _ status: String, _ by: String) async throws {
        try await withHistory { pool, history in
            try await record([choice], channel: channel, in: pool)
            let page = try await history.page(of: "c-1", before: .max, limit: 10)
            let record = try payload(page["entries"]?.elements?.first)["dpv:hasRecordOfActivity"]
            #expect(record?["dpv:hasConsentStatus"]?["@type"]?.elements?.first == .string(status))
            #expect(record?["dpv:hasConsentStatus"]?["dpv:isIndicatedBy"] == .string(by))
        }
    }

    @Test("pages follow one another, newest first, without another contact's decisions")
    func pages() async throws {
        try await withHistory { pool, history in
            for _ in 0..<3 {
                try await record([.granted, .revoked], in: pool)
                try await record([.granted], of: "c-2", in: pool)
            }
            var found: [[String]] = []
            var before = Int64.max
            while true {
                let page = try await history.page(of: "c-1", before: before, limit: 4)
                found.append(page["entries"]?.elements?.compactMap { $0["index"]?.text } ?? [])
                guard let next = page["next"]?.text.flatMap({ LedgerIndex($0) }) else { break }
                before = next.number
            }
            #expect(found == [["3-8", "3-7", "3-5", "3-4"], ["3-2", "3-1"]])
            #expect(try await history.page(of: "c-3", before: .max, limit: 4) == ["entries": [], "next": nil])
        }
    }

    @Test(
        "X1 a row that was changed by hand gets no receipt, and hides no other",
        arguments: [
            "UPDATE ledger_entry SET leaf = replace(leaf, 'granted', 'revoked') WHERE number = 2",
            "UPDATE ledger_entry SET leaf = 'x' WHERE number = 2", "DELETE FROM ledger_entry WHERE number = 2",
            "UPDATE ledger_leaf SET hash = sha256('x') WHERE number = 2",
            "UPDATE ledger_evidence SET content = replace(content, 'rang', 'wrote') WHERE number = 2",
            "UPDATE ledger_evidence SET contact = 'c-2' WHERE number = 2",
        ])
    func changed(_ change: String) async throws {
        try await withHistory { pool, history in
            try await record([.granted, .granted, .granted], in: pool)
            try await Checkpointer(pool, signer: { signer }).fold()
            _ = try await pool.run([Statement(varying: change, [])])
            let entries = try await history.page(of: "c-1", before: .max, limit: 10)["entries"]?.elements
            #expect(entries?.map { $0["index"]?.text } == ["3-3", "3-2", "3-1"])
            #expect(entries?.map { $0["receipt"]?.text == nil } == [false, true, false])
        }
    }

    @Test("a page is looked up by indexes, with and without statistics of the tables")
    func plan() async throws {
        try await withHistory { pool, history in
            _ = try await pool.run([
                Statement(
                    """
                    INSERT INTO ledger_entry (partition, number, leaf, leaf_hash)
                    SELECT n % 8, n, '{}', '' FROM generate_series(1, 40000) AS n
                    """),
                Statement(
                    """
                    INSERT INTO ledger_leaf (position, partition, number, hash)
                    SELECT n, n % 8, n, '' FROM generate_series(1, 40000) AS n
                    """),
                Statement(
                    """
                    INSERT INTO decision (partition, number, contact)
                    SELECT n % 8, n, 'c-' || n % 10000 FROM generate_series(1, 40000) AS n
                    """),
                Statement(
                    """
                    INSERT INTO ledger_evidence (partition, number, contact, salt, content)
                    SELECT n % 8, n, 'c-' || n % 10000, '', '{}' FROM generate_series(1, 40000) AS n
                    """),
            ])
            for preparation in ["SELECT 1", "ANALYZE"] {
                let statement = DecisionHistory.statement("c-7", before: .max, limit: 101)
                let plan = try await pool.run([
                    Statement(varying: preparation, []),
                    Statement(varying: "EXPLAIN " + statement.sql, statement.parameters),
                ])[1]
                let text = try plan.map { try $0.text(0) }.joined(separator: "\n")
                #expect(text.contains("decision_contact") && text.contains("ledger_entry_pkey"), "\(text)")
                for table in ["decision", "ledger_entry", "ledger_evidence", "ledger_leaf"] {
                    #expect(!text.contains("Seq Scan on \(table)"), "\(text)")
                }
            }
        }
    }
}
