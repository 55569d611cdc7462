import Cryptography

/// A ledger's state in three lines: its name, the number of entries, and the root over them
/// (https://c2sp.org/tlog-checkpoint).
package struct Checkpoint: Sendable, Hashable {
    /// The ledger's name, followed by a slash and the epoch of its history, save for the first one.
    package let origin: String
    /// Entries in its tree.
    package let size: Int64
    /// The tree's root (RFC 9162).
    package let root: [UInt8]

    package init(origin: String, size: Int64, root: [UInt8]) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads a note's text; nil where it is no checkpoint. Ignores extension lines.
    package init?(text: String) {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last?.isEmpty == true, lines.dropLast().allSatisfy({ !$0.isEmpty }),
            let size = Int64(String(decoding: lines[1], as: UTF8.self)), size >= 0,
            String(size).utf8.elementsEqual(lines[1]),
            let root = Base64URL.decodeStandard(String(decoding: lines[2], as: UTF8.self)),
            root.count == MerkleHash.length
        else { return nil }
        self.init(origin: String(decoding: lines[0], as: UTF8.self), size: size, root: root)
    }

    /// A state of a ledger's history; `epoch` 0 is the first one.
    init(ledger: String, epoch: Int64, size: Int64, root: [UInt8]) {
        self.init(origin: epoch == 0 ? ledger : "\(ledger)/\(epoch)", size: size, root: root)
    }

    /// Reads a note that one of `keys` has signed under the name of the ledger; nil where it is none.
    package init?(note: String, verifiedBy keys: [NoteVerifierKey]) {
        guard let signed = SignedNote(note, verifiedBy: keys), let checkpoint = Checkpoint(text: signed.text),
            signed.signers.contains(where: { checkpoint.epoch(of: $0) != nil })
        else { return nil }
        self = checkpoint
    }

    /// The epoch of the ledger's history that it belongs to, 0 for the first one; nil: it is another ledger's.
    package func epoch(of ledger: String) -> Int64? {
        if origin == ledger { return 0 }
        guard origin.hasPrefix(ledger + "/"), let epoch = Int64(origin.dropFirst(ledger.count + 1)), epoch > 0,
            origin == "\(ledger)/\(epoch)"
        else { return nil }
        return epoch
    }

    /// The text that is signed.
    package var text: String { "\(origin)\n\(size)\n\(base64(root))\n" }
}
