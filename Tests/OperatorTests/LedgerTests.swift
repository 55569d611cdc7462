import Cryptography
import Ledger
import Models
import Testing

@testable import Operator

/// What the command makes of an audit's report, and of kept checkpoints, without believing the vault.
@Suite("The ledger's verification")
struct LedgerVerificationTests {
    private let signer: CheckpointSigner
    private let stranger: CheckpointSigner
    /// Roots of trees of 0 to 8 leaves.
    private let roots: [[UInt8]]

    init() throws {
        func ring(_ byte: UInt8) throws -> Ed25519KeyRing {
            let seed = Base64URL.encode([UInt8](repeating: byte, count: 32))
            return try Ed25519KeyRing(json: #"{"keys":[{"version":1,"key":"\#(seed)"}]}"#)
        }
        let url = "https://example.com"
        signer = try #require(CheckpointSigner(service: "vault", publicURL: url, keys: try ring(1)))
        stranger = try #require(CheckpointSigner(service: "vault", publicURL: url, keys: try ring(2)))
        var tree = MerkleFrontier()
        roots =
            [tree.root]
            + (0..<8).map { _ in
                _ = tree.append(Self.leaf)
                return tree.root
            }
    }

    private static let leaf = MerkleHash.leaf([1])

    private func note(_ size: Int, by signer: CheckpointSigner? = nil) -> String {
        (signer ?? self.signer).note(size: Int64(size), root: roots[size])
    }

    private func witness(_ note: String) -> Witness { Witness(name: "kept", note: note) }

    /// A vault's report of 4 entries.
    private func report(
        head: String?, folded: Int = 4, findings: [JSON] = [], consistency: [JSON] = []
    ) -> JSON {
        [
            "status": "ok", "folded": .number(String(folded)), "unfolded": 0, "checkpoints": 2,
            "findings": .array(findings), "more": false, "checkpoint": .text(head) ?? .null,
            "consistency": .array(consistency),
        ]
    }

    /// In a tree whose leaves are all the same: from 2 to 4 entries.
    private var fromTwoToFour: JSON { [.string(Base64URLText.standard(MerkleHash.node(Self.leaf, Self.leaf)))] }

    private func kinds(_ report: JSON, _ witnesses: [Witness] = []) throws -> [LedgerFinding.Kind] {
        let question = AuditVerdict.Question(witnesses, keys: signer.verifierKeys)
        return try AuditVerdict(report, to: question).findings.map(\.finding.kind)
    }

    @Test("a signed head over what was read is intact")
    func intact() throws {
        #expect(try kinds(report(head: note(4))) == [])
        #expect(try kinds(report(head: nil, folded: 0)) == [])
    }

    @Test("a head that is not signed, or over more or fewer entries than were read, is a finding")
    func heads() throws {
        #expect(try kinds(report(head: note(4, by: stranger))) == [.forgedCheckpoint])
        #expect(try kinds(report(head: "x")) == [.forgedCheckpoint])
        #expect(try kinds(report(head: nil)) == [.unsigned])
        #expect(try kinds(report(head: note(3))) == [.unsigned])
        #expect(try kinds(report(head: note(5))) == [.truncated])
    }

    @Test("what the vault finds is told in words, with index and place, and once")
    func findings() throws {
        let edited = LedgerFinding(kind: .edited, entries: [try #require(LedgerIndex("3-17"))], positions: 5..<6)
        let truncated = LedgerFinding(kind: .truncated, positions: 4..<5, size: 5)
        let question = AuditVerdict.Question([], keys: signer.verifierKeys)
        let answer = report(head: note(5), findings: [edited.json, truncated.json])
        let verdict = try AuditVerdict(answer, to: question)
        #expect(verdict.isIntact == false)
        #expect(
            verdict.lines.dropFirst().prefix(2) == [
                "the ledger: cut off after 4 entries, and there were 5",
                "entry 3-17: edited, it is not what was recorded, at 5 in the tree",
            ])
        #expect(verdict.json["findings"]?.elements?.count == 2)
        #expect(verdict.json["intact"] == false)
    }

    @Test("X1 the ledger must go on from each kept checkpoint, by a proof that is checked here")
    func witnesses() throws {
        let head = note(4)
        #expect(try kinds(report(head: head, consistency: [fromTwoToFour]), [witness(note(2))]) == [])
        #expect(try kinds(report(head: head, consistency: [[]]), [witness(note(4))]) == [])
        // No proof, one that proves nothing, and one of another tree.
        for proof: JSON in [nil, [], [.string(Base64URLText.standard(Self.leaf))], ["?"]] {
            #expect(try kinds(report(head: head, consistency: [proof]), [witness(note(2))]) == [.contradicted])
        }
        let other = signer.note(size: 2, root: Self.leaf)
        #expect(try kinds(report(head: head, consistency: [fromTwoToFour]), [witness(other)]) == [.contradicted])
        let same = signer.note(size: 4, root: Self.leaf)
        #expect(try kinds(report(head: head, consistency: [[]]), [witness(same)]) == [.contradicted])
        #expect(try kinds(report(head: head, consistency: [nil]), [witness(note(6))]) == [.truncated])
        // The history that it was signed in was lost; one that was kept is a part of the next one.
        let next = signer.note(size: 4, root: roots[4], epoch: 7)
        #expect(try kinds(report(head: next, consistency: [fromTwoToFour]), [witness(note(2))]) == [])
        let lost = LedgerFinding(kind: .lost, positions: 2..<6, size: 6, at: "2026-11-30T10:00:00.000Z")
        #expect(
            try kinds(report(head: next, findings: [lost.json], consistency: [nil]), [witness(note(6))]) == [.lost])
        let later = signer.note(size: 2, root: Self.leaf, epoch: 8)
        #expect(try kinds(report(head: next, consistency: [fromTwoToFour]), [witness(later)]) == [.contradicted])
        // Another's checkpoint is not even sent.
        let foreign = [witness(note(2, by: stranger))]
        #expect(AuditVerdict.Question(foreign, keys: signer.verifierKeys).data == [:])
        #expect(try kinds(report(head: head), foreign) == [.unknownNote])
    }

    @Test("a reply that is no report, or lacks a proof that was asked for, is not taken for a clean one")
    func noReport() throws {
        #expect(throws: Ending.self) { try kinds([:]) }
        #expect(throws: Ending.self) { try kinds(report(head: note(4)), [witness(note(2))]) }
    }

    @Test("a finding that this release does not know is a finding", arguments: ["new", "edited"])
    func unknownFinding(_ kind: String) throws {
        let finding = JSON(present: ["what": .string(kind), "entries": nil])
        let question = AuditVerdict.Question([], keys: signer.verifierKeys)
        let verdict = try AuditVerdict(report(head: note(4), findings: [finding]), to: question)
        #expect(!verdict.isIntact && verdict.lines[0].hasPrefix("CHANGED: 1 findings"))
        #expect(verdict.lines[1] == "a finding that this release does not know: \(kind)")
        #expect(verdict.json["intact"] == false && verdict.json["unknown"] == [finding])
    }

    @Test("X1 positions that are no range are no finding, and end nothing")
    func noRange() {
        for positions: JSON in [[-5, -3], [3, 2], [-1, 4], [0, .number(String(Int64.max))]] {
            #expect(LedgerFinding(["what": "edited", "entries": [], "positions": positions]) == nil)
        }
    }

    @Test("an empty ledger is not called intact, and the number of kept checkpoints is told")
    func empty() throws {
        let question = AuditVerdict.Question([], keys: signer.verifierKeys)
        let empty = try AuditVerdict(report(head: nil, folded: 0), to: question)
        #expect(empty.lines == ["nothing was ever recorded, or all is gone: an empty ledger shows neither"])
        #expect(empty.json["witnesses"] == 0 && empty.json["intact"] == true)
        let kept = AuditVerdict.Question([witness(note(4)), witness("x")], keys: signer.verifierKeys)
        let gone = try AuditVerdict(report(head: nil, folded: 0, consistency: [nil]), to: kept)
        #expect(!gone.isIntact && gone.lines[0].hasPrefix("CHANGED") && gone.json["witnesses"] == 2)
    }

    @Test("what a service could not do is no mistake of the arguments")
    func endings() {
        let codes: [(String, Ending.Status)] = [
            ("unavailable", .unreachable), ("failed", .unreachable), ("not-permitted", .usage),
            ("invalid-field", .usage),
        ]
        for (code, status) in codes {
            let refusal = RefusedRequest(["code": .string(code)], hadToken: true)
            #expect(refusal.endingApart.status == status && refusal.ending.status == .refused, "\(code)")
        }
    }

    @Test("every kind of finding has a sentence that begins with its place")
    func sentences() {
        for kind in LedgerFinding.Kind.allCases {
            let finding = LedgerFinding(
                kind: kind, entries: [LedgerIndex(partition: 1, number: 2)], positions: 3..<4, size: 5)
            #expect(finding.sentence.contains(": "), "\(kind)")
            #expect(LedgerFinding(kind: kind).sentence.isEmpty == false)
        }
    }

    @Test("a checkpoint is read from a note, a mail's header, a fact or a proof")
    func sources() throws {
        let note = note(4)
        let header = Base64URLText.standard([UInt8](note.utf8))
        let folded = String(header.prefix(60)) + "\r\n\t" + header.dropFirst(60)
        for text in [
            note, note.replacing("\n", with: "\r\n"),
            "From: a\r\nASSENT-CHECKPOINT: \(folded)\r\nTo: b\r\n\r\nHello\r\n",
            JSON(present: ["checkpoint": .string(note)]).serialized,
            JSON(present: ["data": ["checkpoint": .string(note)]]).serialized,
        ] {
            #expect(Witness.note(in: text) == note)
        }
        for text in ["", "x", "Subject: x\r\n\r\nAssent-Checkpoint: \(header)", "{}", String(note.prefix(60))] {
            #expect(Witness.note(in: text) == nil)
        }
    }

    @Test("keys are read as they are published, and from a list of verifier keys")
    func keys() {
        let published = JSON(present: ["checkpoints": .array(signer.verifierKeys.map { .string($0.vkey) })])
        #expect(KeysOption.keys(in: published.bytes) == signer.verifierKeys)
        let list = signer.verifierKeys.map { $0.vkey + "\r\n" }.joined()
        #expect(KeysOption.keys(in: Array(list.utf8)) == signer.verifierKeys)
        #expect(KeysOption.keys(in: []) == [])
        #expect(KeysOption.keys(in: Array("{}".utf8)) == [])
    }

    @Test("each ledger has its own keys, and a checkpoint of the other one is told apart")
    func ledgers() throws {
        let seed = Base64URL.encode([UInt8](repeating: 1, count: 32))
        let ring = try Ed25519KeyRing(json: #"{"keys":[{"version":1,"key":"\#(seed)"}]}"#)
        let decisions = try #require(
            CheckpointSigner(service: "consent", publicURL: "https://example.com", keys: ring))
        let keys = LedgerKeys(source: "keys.json", all: signer.verifierKeys + decisions.verifierKeys)
        #expect(try keys.keys(of: .vault) == signer.verifierKeys)
        #expect(try keys.keys(of: .consent) == decisions.verifierKeys)
        let partial = LedgerKeys(source: "keys.json", all: signer.verifierKeys)
        #expect(throws: Ending.self) { try partial.keys(of: .consent) }
        let kept = witness(note(4))
        try keys.require(kept, of: .vault)
        #expect(throws: Ending.self) { try keys.require(kept, of: .consent) }
        // What nobody here has signed is a finding of the audit.
        try keys.require(witness(note(4, by: stranger)), of: .consent)
    }
}

/// Standard base64, by another implementation than the one under test.
private enum Base64URLText {
    static func standard(_ bytes: [UInt8]) -> String {
        let text = Base64URL.encode(bytes).replacing("-", with: "+").replacing("_", with: "/")
        return text + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }
}
