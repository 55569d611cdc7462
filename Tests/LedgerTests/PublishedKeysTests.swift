import Cryptography
import Ledger
import Models
import Testing

@Suite struct PublishedKeysTests {
    private static let ring = try? Ed25519KeyRing(json: signingKeys)

    @Test("a ledger is named after the web's address, without scheme and slash")
    func origins() throws {
        let ring = try #require(Self.ring)
        for url in ["https://example.com", "https://example.com/", "http://example.com", "example.com"] {
            let signer = CheckpointSigner(service: "vault", publicURL: url, keys: ring)
            #expect(signer?.origin == "example.com/ledger/vault")
        }
        #expect(CheckpointSigner(service: "vault", publicURL: "https://a b", keys: ring) == nil)
    }

    @Test("all keys are published, each once as verifier key and once as JWK, and read again")
    func published() throws {
        let ring = try #require(Self.ring)
        let signer = try #require(CheckpointSigner(service: "vault", publicURL: "https://example.com", keys: ring))
        let keys = PublishedKeys(ring, signing: [signer])
        #expect(keys.checkpoints.map(\.key) == ring.publicKeys)
        #expect(keys.keys.compactMap { $0["kid"]?.text } == ring.publicKeys.map(\.thumbprint))
        #expect(keys.keys.allSatisfy { $0["d"] == nil })
        #expect(PublishedKeys(try JSON(parsing: keys.json.bytes)) == keys)
        // What a later release adds is passed over.
        let more: JSON = ["checkpoints": ["example.com+0+?", .string(keys.checkpoints[0].vkey), 5], "x": 1]
        #expect(PublishedKeys(more)?.checkpoints == [keys.checkpoints[0]])
        #expect(PublishedKeys([:]) == nil)
    }
}
