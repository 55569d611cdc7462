public import Cryptography
public import Models

/// The keys that a deployment publishes, at `/.well-known/assent-keys`: by them anybody checks what it signed. It is a
/// JWK set (RFC 7517) with one member more.
public struct PublishedKeys: Sendable, Equatable {
    /// Those of checkpoints, under the name of their ledger, each ledger's newest first.
    public let checkpoints: [NoteVerifierKey]
    /// Those of certificates and receipts, as JSON Web Keys.
    public let keys: [JSON]

    /// All keys of a ring, old ones too, for the ledgers that are signed by it.
    public init(_ ring: Ed25519KeyRing, signing signers: [CheckpointSigner]) {
        checkpoints = signers.flatMap(\.verifierKeys)
        keys = ring.publicKeys.compactMap { try? JSON(parsing: [UInt8]($0.jwk.utf8)) }
    }

    /// Reads what was published; nil where it is none. Members that are not known are passed over, and keys of another
    /// kind too, so that a reader of today understands a writer of tomorrow.
    public init?(_ json: JSON) {
        guard let checkpoints = json["checkpoints"]?.elements else { return nil }
        self.checkpoints = checkpoints.compactMap { $0.text.flatMap { NoteVerifierKey(vkey: $0) } }
        keys = json["keys"]?.elements ?? []
    }

    /// What is published.
    public var json: JSON {
        ["checkpoints": .array(checkpoints.map { .string($0.vkey) }), "keys": .array(keys)]
    }
}
