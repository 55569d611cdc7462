import Cryptography
import Models
import Testing

@testable import Ledger

struct EntryTests {
    @Test("JSON in the form of RFC 8785: sorted by UTF-16, escaped as little as can be")
    func canonical() throws {
        let json: JSON = [
            "\u{20AC}": "Euro Sign", "\r": "Carriage Return", "\u{FB33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1F600}": "Emoji: Grinning Face", "\u{80}": "Control",
            "\u{F6}": "Latin Small Letter O With Diaeresis",
        ]
        // The example of section 3.2.3.
        #expect(
            try CanonicalJSON.text(json)
                == "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\","
                + "\"\u{F6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20AC}\":\"Euro Sign\","
                + "\"\u{1F600}\":\"Emoji: Grinning Face\",\"\u{FB33}\":\"Hebrew Letter Dalet With Dagesh\"}")
        let text = "\u{20AC}$\u{F}\u{A}A'\u{42}\u{22}\u{5C}\\\"/\u{8}\u{C}\u{9}\u{7F}"
        #expect(
            try CanonicalJSON.text(.array([.string(text), nil, true, false, [], .object([]), -7]))
                == #"["€$\u000f\nA'B\"\\\\\"/\b\f\t\#u{7F}",null,true,false,[],{},-7]"#)
        for json in [JSON.number("1.5"), .number("1e3"), .number("9007199254740993"), ["a": 1, "a": 1]] {
            #expect(throws: LedgerError.notCanonical) { try CanonicalJSON.text(json) }
        }
    }

    @Test("X1 a leaf says its index and what it commits to, and nothing of anybody")
    func commitment() throws {
        let index = LedgerIndex(partition: 3, number: 1042)
        let entry = try LedgerEntry(
            index, statement: ["decision": "granted", "at": "2026-11-23T10:00:00.000Z"],
            evidence: ["text": "I agree", "contact": "c-17", "evidence": ["mail": "m-1"]],
            salt: [UInt8](repeating: 7, count: 32))
        let evidence = try #require(entry.evidence)
        #expect(evidence.contact == "c-17")
        #expect(evidence.content == #"{"contact":"c-17","evidence":{"mail":"m-1"},"text":"I agree"}"#)
        let hash = base64(
            Digest.sha256([UInt8](repeating: 7, count: 32) + [UInt8](evidence.content.utf8)))
        #expect(
            entry.leaf
                == #"{"at":"2026-11-23T10:00:00.000Z","commitment":"\#(hash)","decision":"granted","index":"3-1042"}"#)
        #expect(entry.leafHash == MerkleHash.leaf([UInt8](entry.leaf.utf8)))
        let again = try LedgerEntry(index, statement: ["decision": "granted"], evidence: ["contact": "c-17"])
        let other = try LedgerEntry(index, statement: ["decision": "granted"], evidence: ["contact": "c-17"])
        #expect(again.leaf != other.leaf)
        #expect(throws: LedgerError.reservedMember("commitment")) {
            try LedgerEntry(index, statement: ["commitment": "x"])
        }
    }

    @Test("an index has one text")
    func index() {
        #expect(LedgerIndex("3-1042") == LedgerIndex(partition: 3, number: 1042))
        #expect(LedgerIndex("3-1042-7") == LedgerIndex(partition: 3, number: 1042, epoch: 7))
        let faulty = [
            "", "3", "3-", "-1", "3-0", "03-1", "3-01", "3--1", "3-+1", "40000-1", "3-1-0", "3-1-01", "3-1-1-1", "3-1 ",
        ]
        for text in faulty {
            #expect(LedgerIndex(text) == nil, "\(text)")
        }
        #expect(LedgerIndex(partition: 0, number: 9) < LedgerIndex(partition: 1, number: 1))
    }
}
