package import Cryptography

/// Signs a ledger's checkpoints, and has the keys that verify them.
package struct CheckpointSigner: Sendable {
    /// The ledger's name: the signer's name in a note, and the beginning of a checkpoint's first line.
    package let origin: String
    /// The current key's first, then those of older versions, newest first.
    package let verifierKeys: [NoteVerifierKey]
    /// The keys that sign.
    package let keys: Ed25519KeyRing

    /// A signer for a ledger; the origin is a URL without its scheme, one for each ledger, such as
    /// `example.com/ledger/vault`. Nil where it cannot be a name: white space, a plus sign.
    package init?(origin: String, keys: Ed25519KeyRing) {
        let verifierKeys = keys.publicKeys.compactMap { NoteVerifierKey(name: origin, key: $0) }
        guard verifierKeys.count == keys.publicKeys.count else { return nil }
        self.origin = origin
        self.verifierKeys = verifierKeys
        self.keys = keys
    }

    /// A signer for the ledger of one service, named after the web's address: `example.com/ledger/vault` of
    /// `https://example.com`. Nil where that cannot be a name.
    package init?(service: String, publicURL: String, keys: Ed25519KeyRing) {
        let place = publicURL.split(separator: "://", maxSplits: 1).last.map(String.init) ?? publicURL
        self.init(origin: "\(place.hasSuffix("/") ? String(place.dropLast()) : place)/ledger/\(service)", keys: keys)
    }

    /// A signed checkpoint: the tree of this size has this root.
    package func note(size: Int64, root: [UInt8], epoch: Int64 = 0) -> String {
        let checkpoint = Checkpoint(ledger: origin, epoch: epoch, size: size, root: root)
        return SignedNote(signing: checkpoint.text, name: origin, by: keys.current).note
    }
}
