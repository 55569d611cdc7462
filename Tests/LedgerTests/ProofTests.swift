import Cryptography
import Models
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

/// Proofs as messages and files have them, made of a stored ledger and checked without it.
@Suite(.database, .timeLimit(.minutes(10))) struct ProofTests {
    private static func index(_ text: String) throws -> LedgerIndex { try #require(LedgerIndex(text)) }

    @Test("X1 a proof of each entry, written and read again, is right by the ledger's keys")
    func proofs() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            for partition in 0..<3 {
                for number in 1...5 {
                    let index = LedgerIndex(partition: partition, number: Int64(number))
                    let proof = try #require(try await ledger.reader.proof(of: index, waiting: .zero))
                    let read = try #require(LedgerProof(try JSON(parsing: proof.json.bytes)))
                    #expect(read == proof)
                    #expect(try read.verified(by: ledger.signer.verifierKeys).size == 15)
                    #expect(read.index == index)
                    #expect(read.json["opening"]?["contact"] == "c-1")
                }
            }
            #expect(try await ledger.reader.proof(of: LedgerIndex(partition: 0, number: 6), waiting: .zero) == nil)
            let later = try await ledger.record(1, in: 0)[0]
            await #expect(throws: LedgerError.notSignedYet) {
                try await ledger.reader.proof(of: later, waiting: .milliseconds(60))
            }
            try await ledger.tamper("TRUNCATE ledger_node")
            await #expect(throws: LedgerError.self) {
                try await ledger.reader.proof(of: LedgerIndex(partition: 0, number: 1), waiting: .zero)
            }
        }
    }

    @Test("E3 a proof of an entry whose evidence was erased opens nothing and holds")
    func erased() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            let index = try Self.index("1-3")
            _ = try await ledger.service.run([LedgerStatements.deleteEvidence(of: [index])])
            let proof = try #require(try await ledger.reader.proof(of: index, waiting: .zero))
            #expect(proof.opening == nil && proof.json["opening"] == nil)
            #expect(try proof.verified(by: ledger.signer.verifierKeys).size == 15)
        }
    }

    @Test("a proof whose parts were changed proves nothing, and says which part it is")
    func changed() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            let keys = ledger.signer.verifierKeys
            let proof = try #require(try await ledger.reader.proof(of: try Self.index("1-3"), waiting: .zero))
            let other = try #require(try await ledger.reader.proof(of: try Self.index("1-4"), waiting: .zero))
            func fault(_ member: String, _ value: JSON?) -> LedgerProof.Fault? {
                let members = (proof.json.members ?? []).compactMap { old in
                    old.name == member ? value.map { JSON.Member(member, $0) } : old
                }
                do throws(LedgerProof.Fault) {
                    _ = try LedgerProof(.object(members))?.verified(by: keys)
                    return nil
                } catch {
                    return error
                }
            }
            #expect(fault("entry", proof.json["entry"]) == nil)
            #expect(fault("opening", nil) == nil)
            #expect(fault("entry", other.json["entry"]) == .notIncluded)
            #expect(fault("leafIndex", 8) == .notIncluded)
            #expect(fault("inclusion", []) == .notIncluded)
            #expect(fault("opening", other.json["opening"]) == .otherOpening)
            #expect(fault("checkpoint", .string(proof.checkpoint.replacing("\n15\n", with: "\n16\n"))) == .notSigned)
            #expect(throws: LedgerProof.Fault.notSigned) { try proof.verified(by: []) }
            for member in ["entry", "leafIndex", "inclusion", "checkpoint"] {
                let rest = (proof.json.members ?? []).filter { $0.name != member }
                #expect(LedgerProof(.object(rest)) == nil, "\(member)")
            }
        }
    }

    @Test("an audit's head is its last signed checkpoint; findings are read as they were written")
    func report() async throws {
        try await TestLedger.with { ledger in
            #expect(try await ledger.audit().head == nil)
            try await ledger.fill()
            let head = try #require(try await ledger.audit().head)
            let last = try await ledger.reader.checkpoint()
            #expect(head == last)
            try await ledger.tamper(
                """
                UPDATE ledger_checkpoint SET note = 'x' WHERE size = 15;
                DELETE FROM ledger_evidence WHERE number = 1;
                UPDATE ledger_entry SET leaf = (SELECT leaf FROM ledger_entry WHERE (partition, number) = (2, 2))
                    WHERE (partition, number) = (1, 1)
                """)
            let report = try await ledger.audit()
            #expect(report.head?.size == 9)
            #expect(report.findings.count > 3)
            for finding in report.findings { #expect(LedgerFinding(finding.json) == finding, "\(finding)") }
        }
    }

    @Test("every kind of finding has a name of its own, in the contract's spelling")
    func kinds() {
        #expect(LedgerFinding.Kind.evidenceMissing.name == "evidence-missing")
        for kind in LedgerFinding.Kind.allCases { #expect(LedgerFinding.Kind(name: kind.name) == kind) }
        #expect(LedgerFinding.Kind(name: "evidenceMissing") == nil)
        #expect(LedgerFinding(["what": "edited", "entries": [], "positions": [3, 2]]) == nil)
        #expect(LedgerFinding(["what": "edited"]) == nil)
    }

    @Test("a consistency proof travels as base64")
    func consistency() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            let proof = try await ledger.reader.consistency(from: 6, to: 15)
            #expect(ConsistencyProof(first: 6, second: 15, proof.json) == proof)
            #expect(ConsistencyProof(first: 6, second: 15, ["?"]) == nil)
        }
    }

    @Test("an entry put in out of turn is known as the copy that it is")
    func copy() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            try await ledger.tamper(
                """
                INSERT INTO ledger_entry SELECT partition, 9, leaf, leaf_hash FROM ledger_entry
                WHERE (partition, number) = (1, 5)
                """)
            let findings = try await ledger.findings()
            #expect(findings.contains("moved 1-9, content of 1-5"), "\(findings)")
        }
    }
}
