import ConsentDomain
import Cryptography
import FoundationEssentials
import Ledger
import Models
import PostgreSQL
import TestSupport
import Testing

@testable import ConsentService
@testable import Messaging

private let tracking = DeclaredConsent(name: "tracking", version: "2", isGrantedByDefault: false, field: nil)

@Suite("X1 decisions in the ledger", .database)
struct DecisionLedgerTests {
    private let signer: CheckpointSigner

    init() throws {
        let seed = Base64URL.encode([UInt8](repeating: 1, count: 32))
        let ring = try Ed25519KeyRing(json: #"{"keys":[{"version":1,"key":"\#(seed)"}]}"#)
        signer = try #require(
            CheckpointSigner(service: "consent", publicURL: "https://example.com", keys: ring))
    }

    private func record(
        _ choice: Decision.Choice, _ evidence: Evidence, in pool: Pool, version: String? = nil
    ) async throws -> LedgerIndex {
        var index: LedgerIndex?
        try await decide("c-1", in: 3, pool) { state in
            let act = DecisionAct(
                channel: "page", textVersion: version, evidence: evidence,
                request: KeptRequest(id: UUID(), source: "/crm", type: "consent.record", replies: []), order: UUID(),
                stamp: OrderBook.Stamp(number: 256, epoch: 0), at: decisionTime)
            _ = try state.decide(choice, on: tracking, by: act)
            index = state.decisions["tracking"]?.index
        }
        return try #require(index)
    }

    private func proof(of index: LedgerIndex, in pool: Pool) async throws -> LedgerProof {
        try await Checkpointer(pool, signer: { signer }).fold()
        let proof = try #require(try await LedgerReader(pool).proof(of: index, waiting: .zero))
        _ = try proof.verified(by: signer.verifierKeys)
        return proof
    }

    @Test("the leaf has the contract's members and names nobody; it opens to contact, evidence and statement")
    func entry() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let evidence = Evidence(
                remoteAddress: "192.0.2.7", userAgent: "Browser/1", isSuspect: true, text: "You may track me.",
                language: "en")
            let index = try await record(.granted, evidence, in: pool, version: "1")
            let proof = try await proof(of: index, in: pool)
            let opening = try #require(proof.opening)
            let expected = JSON(present: [
                "at": .string(decisionTime.rfc3339), "channel": "page", "commitment": .string(opening.commitment),
                "consent": "tracking", "decision": "granted", "index": "3-1", "textVersion": "1",
            ])
            #expect(String(decoding: proof.entry, as: UTF8.self) == expected.serialized)
            let content =
                #"{"contact":"c-1","evidence":{"isSuspect":true,"language":"en","remoteAddress":"192.0.2.7","#
                + #""userAgent":"Browser/1"},"text":"You may track me."}"#
            #expect(opening.content == content && opening.salt.count == 32)
            #expect(
                Base64URL.decodeStandard(opening.commitment)
                    == Digest.sha256(opening.salt + [UInt8](content.utf8)))
        }
    }

    @Test("after an erasure the proof holds, and says nothing of anybody")
    func erased() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let index = try await record(.revoked, Evidence(note: "secret", text: "T", language: "en"), in: pool)
            _ = try await pool.run([Statement("DELETE FROM ledger_evidence")])
            let proof = try await proof(of: index, in: pool)
            #expect(proof.opening == nil && proof.json["opening"] == nil)
            let leaf = String(decoding: proof.entry, as: UTF8.self)
            #expect(!leaf.contains("c-1") && !leaf.contains("secret"))
        }
    }

    @Test("X5 a decision after lost commits has the new history's number, which no lost one had")
    func epoch() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let evidence = Evidence(text: "T", language: "en")
            #expect(try await record(.granted, evidence, in: pool).description == "3-1")
            try await pool.withConnection { connection in
                _ = try await connection.run(Statement("BEGIN"))
                try await ConsentStore().beginHistory(7, partitions: 8, at: decisionTime, on: connection)
                _ = try await connection.run(Statement("COMMIT"))
            }
            let index = try await record(.revoked, evidence, in: pool)
            #expect(index.description == "3-2-7")
            let store = ConsentStore()
            let loaded = try await store.states(of: ["c-1"], from: try await pool.run(store.loading(["c-1"]))[...])
            #expect(loaded["c-1"]?.decisions["tracking"]?.index == index)
            #expect(try await proof(of: index, in: pool).index == index)
        }
    }
}
