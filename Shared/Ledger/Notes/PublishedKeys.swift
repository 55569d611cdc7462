package import Cryptography
package import Models

/// The keys that a deployment publishes, at `/.well-known/assent-keys`: anybody can verify the deployment's signatures
/// by them. They form a JWK set (RFC 7517) with one more member.
package struct PublishedKeys: Sendable, Equatable {
    /// The keys of checkpoints, under the name of their ledger, each ledger's newest first.
    package let checkpoints: [NoteVerifierKey]
    /// The keys of certificates and receipts, as JSON Web Keys.
    package let keys: [JSON]

    /// All keys of a ring, old ones too, for the ledgers that are signed by it.
    package init(_ ring: Ed25519KeyRing, signing signers: [CheckpointSigner]) {
        checkpoints = signers.flatMap(\.verifierKeys)
        keys = ring.publicKeys.compactMap { try? JSON(parsing: [UInt8]($0.jwk.utf8)) }
    }

    /// Reads published keys; nil where there is no member `checkpoints`. Ignores unknown members and keys of another
    /// kind, so that an older reader understands a newer writer.
    package init?(_ json: JSON) {
        guard let checkpoints = json["checkpoints"]?.elements else { return nil }
        self.checkpoints = checkpoints.compactMap { $0.text.flatMap { NoteVerifierKey(vkey: $0) } }
        keys = json["keys"]?.elements ?? []
    }

    /// The JWK set to publish.
    package var json: JSON {
        ["checkpoints": .array(checkpoints.map { .string($0.vkey) }), "keys": .array(keys)]
    }
}
