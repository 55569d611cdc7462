import Cryptography

/// A ledger's state in three lines: whose, how many entries, and the root over them
/// (https://c2sp.org/tlog-checkpoint).
public struct Checkpoint: Sendable, Hashable {
    /// Which ledger.
    public let origin: String
    /// Entries in its tree.
    public let size: Int64
    /// The tree's root (RFC 9162).
    public let root: [UInt8]

    /// A state.
    public init(origin: String, size: Int64, root: [UInt8]) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads a note's text; nil where it is no checkpoint. Extension lines are passed over.
    public init?(text: String) {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last?.isEmpty == true, lines.dropLast().allSatisfy({ !$0.isEmpty }),
            let size = Int64(String(decoding: lines[1], as: UTF8.self)), size >= 0,
            String(size).utf8.elementsEqual(lines[1]),
            let root = Base64URL.decodeStandard(String(decoding: lines[2], as: UTF8.self)),
            root.count == MerkleHash.length
        else { return nil }
        self.init(origin: String(decoding: lines[0], as: UTF8.self), size: size, root: root)
    }

    /// Reads a note that one of `keys` has signed under the name of the origin; nil where it is none.
    public init?(note: String, verifiedBy keys: [NoteVerifierKey]) {
        guard let signed = SignedNote(note, verifiedBy: keys), let checkpoint = Checkpoint(text: signed.text),
            signed.signers.contains(checkpoint.origin)
        else { return nil }
        self = checkpoint
    }

    /// The text that is signed.
    public var text: String { "\(origin)\n\(size)\n\(base64(root))\n" }
}
