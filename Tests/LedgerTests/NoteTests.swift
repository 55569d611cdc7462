import Cryptography
import Testing

@testable import Ledger

/// Two versions of a signing key.
let signingKeys =
    #"{"keys":[{"version":1,"key":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"},"#
    + #"{"version":2,"key":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"}]}"#

struct NoteTests {
    private let signer: CheckpointSigner

    init() throws {
        signer = try #require(
            CheckpointSigner(origin: "example.com/ledger", keys: try Ed25519KeyRing(json: signingKeys)))
    }

    @Test("the example of Go's sumdb/note is verified, and made again with its key")
    func example() throws {
        let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        let text = """
            If you think cryptography is the answer to your problem,
            then you don't know what your problem is.

            """
        let note =
            text + "\n\u{2014} PeterNeumann "
            + "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
        let key = try #require(NoteVerifierKey(vkey: vkey))
        #expect(key.vkey == vkey)
        #expect(SignedNote(note, verifiedBy: [key])?.text == text)
        let seed = try #require(Base64URL.decodeStandard("gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM="))
        let secret = try Ed25519PrivateKey(seed: seed)
        #expect(secret.publicKey == key.key)
        #expect(SignedNote(signing: text, name: "PeterNeumann", by: secret).note == note)
    }

    @Test("a text may have an empty line: the last one ends it")
    func emptyLines() throws {
        let keys = try Ed25519KeyRing(json: signingKeys)
        let note = SignedNote(signing: "one\n\ntwo\n", name: "example.com/ledger", by: keys.current).note
        #expect(SignedNote(note, verifiedBy: signer.verifierKeys)?.text == "one\n\ntwo\n")
        #expect(SignedNote(note, verifiedBy: []) == nil)
    }

    @Test("a checkpoint is read as it was signed")
    func checkpoint() throws {
        let root = MerkleHash.leaf([1])
        let note = signer.note(size: 20_852_163, root: root)
        let read = try #require(Checkpoint(note: note, verifiedBy: signer.verifierKeys))
        #expect(read == Checkpoint(origin: "example.com/ledger", size: 20_852_163, root: root))
        let lines = note.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 6)
        #expect(lines[0...1] == ["example.com/ledger", "20852163"])
        #expect(lines[3].isEmpty && lines[5].isEmpty)
        #expect(lines[4].hasPrefix("\u{2014} example.com/ledger "))
    }

    @Test("no byte of a checkpoint's note can be changed")
    func changed() throws {
        let bytes = [UInt8](signer.note(size: 7, root: MerkleHash.leaf([2])).utf8)
        for place in bytes.indices {
            for mask in [1, 0x20, 0x80] as [UInt8] {
                var other = bytes
                other[place] ^= mask
                guard let note = String(validating: other, as: UTF8.self) else { continue }
                #expect(Checkpoint(note: note, verifiedBy: signer.verifierKeys) == nil, "byte \(place)")
            }
            let shorter = String(decoding: bytes[..<place], as: UTF8.self)
            #expect(Checkpoint(note: shorter, verifiedBy: signer.verifierKeys) == nil)
        }
    }

    @Test("a key signs for its own ledger alone, and witnesses' signatures are passed over")
    func names() throws {
        let keys = try Ed25519KeyRing(json: signingKeys)
        let other = try #require(CheckpointSigner(origin: "example.com/other", keys: keys))
        let note = signer.note(size: 1, root: MerkleHash.empty)
        #expect(Checkpoint(note: note, verifiedBy: other.verifierKeys) == nil)
        let text = Checkpoint(origin: "example.com/ledger", size: 9, root: MerkleHash.empty).text
        let borrowed = SignedNote(signing: text, name: "example.com/other", by: keys.current).note
        #expect(Checkpoint(note: borrowed, verifiedBy: signer.verifierKeys + other.verifierKeys) == nil)
        let witness = try #require(SignedNote(borrowed, verifiedBy: other.verifierKeys)).note
            .split(separator: "\n").last
        #expect(Checkpoint(note: note + "\(try #require(witness))\n", verifiedBy: signer.verifierKeys) != nil)
        #expect(Checkpoint(note: note + "\u{2014} x\n", verifiedBy: signer.verifierKeys) == nil)
        for origin in ["", "a b", "a+b", "a\nb", "a\u{A0}b"] {
            #expect(CheckpointSigner(origin: origin, keys: keys) == nil)
        }
    }

    @Test("what an old version of the key signed is verified by its key and the ring's, not by the new one alone")
    func versions() throws {
        let first = String(signingKeys.prefix { $0 != "}" }) + "}]}"
        let old = try #require(
            CheckpointSigner(origin: "example.com/ledger", keys: try Ed25519KeyRing(json: first)))
        let note = old.note(size: 3, root: MerkleHash.empty)
        #expect(Checkpoint(note: note, verifiedBy: signer.verifierKeys) != nil)
        #expect(Checkpoint(note: note, verifiedBy: Array(signer.verifierKeys.prefix(1))) == nil)
        for key in signer.verifierKeys { #expect(NoteVerifierKey(vkey: key.vkey) == key) }
        for vkey in ["", "a+b", "example.com/ledger+00000000+AQ==", signer.verifierKeys[0].vkey + "A"] {
            #expect(NoteVerifierKey(vkey: vkey) == nil)
        }
    }

    @Test(
        "a text that is no checkpoint",
        arguments: [
            "", "a\n1\n", "a\n01\nAAAA\n", "a\n-1\n\(base64(MerkleHash.empty))\n",
            "a\n+1\n\(base64(MerkleHash.empty))\n",
            "\n1\n\(base64(MerkleHash.empty))\n", "a\n1\n\(base64(MerkleHash.empty))", "a\n1\nAAAA\n",
            "a\n1\n\(base64(MerkleHash.empty))\n\n", "a\n99999999999999999999\n\(base64(MerkleHash.empty))\n",
        ])
    func malformed(text: String) {
        #expect(Checkpoint(text: text) == nil)
    }
}
