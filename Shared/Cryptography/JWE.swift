/// Sealed values: compact JWE (RFC 7516) with `ECDH-ES` (direct) on P-256 and `A256GCM`, and nothing else.
package enum JWE {
    /// The longest text opened: no message is longer than 1 MiB.
    package static let longestCompact = 1_048_576
    /// The longest protected header, encoded: an ordinary one is about 400 characters.
    private static let longestHeader = 4096
    /// Header members that belong to the format and not to the caller.
    private static let reserved: Set<String> = ["alg", "enc", "kid", "epk", "zip", "crit", "apu", "apv"]

    /// The content of an opened JWE.
    package struct Opened: Sendable {
        /// The protected header's members, authenticated, less `epk`; the caller checks `sub` and `field`.
        package let header: [String: String]
        package let plaintext: [UInt8]
    }

    /// Seals to a public key under a fresh ephemeral one. `header` is added to the protected header; it may not name
    /// the format's own members (`alg`, `enc`, `kid`, `epk`, `zip`, `crit`, `apu`, `apv`).
    package static func seal(_ plaintext: [UInt8], to key: PublicSealingKey, header: [String: String]) -> String {
        precondition(reserved.isDisjoint(with: header.keys), "a header member of the format is not the caller's")
        let ephemeral = PrivateSealingKey.generate()
        var members = [
            #""alg":"ECDH-ES""#, #""enc":"A256GCM""#, #""kid":"\#(key.thumbprint)""#,
            #""epk":\#(ephemeral.publicKey.ephemeralJWK)"#,
        ]
        for (name, value) in header.sorted(by: { $0.key < $1.key }) {
            members.append(StrictJSON.quoted(name) + ":" + StrictJSON.quoted(value))
        }
        return compact(
            plaintext, contentKey: contentKey(ephemeral.handle, key.handle),
            header: "{" + members.joined(separator: ",") + "}")
    }

    /// Opens a JWE with the key that `key` returns for the header's `kid`. Throws `.cannotOpen` for everything else:
    /// another algorithm, `zip`, `crit`, party information, a name twice, a member that is no string, a point off the
    /// curve, base64url that is not canonical, a wrong tag.
    ///
    /// A text without a readable header, or with an unknown `kid`, is refused at once; every other fault is found after
    /// the key agreement, which takes much longer. A caller whose reply time must not reveal whether a `kid` exists has
    /// to even out the two.
    package static func open(
        _ compact: String, with key: (_ kid: String) -> PrivateSealingKey?
    ) throws(CryptographyError) -> Opened {
        guard compact.utf8.count <= longestCompact else { throw .cannotOpen }
        let parts = [UInt8](compact.utf8).split(
            separator: UInt8(ascii: "."), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].count <= longestHeader, let header = Header(parts[0]),
            let recipient = key(header.kid)
        else { throw .cannotOpen }
        let ephemeral = PublicSealingKey.handle(header.epk)
        // For an invalid ephemeral key the agreement is made with another key, so that it takes as long as for a valid
        // one.
        let agreed = contentKey(recipient.handle, ephemeral ?? recipient.publicKey.handle)
        guard ephemeral != nil, header.isOurs, parts[1].isEmpty,
            let nonce = Base64URL.decode(parts[2]), nonce.count == GCM.nonceLength,
            let ciphertext = Base64URL.decode(parts[3]),
            let tag = Base64URL.decode(parts[4]), tag.count == GCM.tagLength
        else { throw .cannotOpen }
        let plaintext = try GCM.open(
            ciphertext + tag, key: agreed, nonce: nonce, associatedData: [UInt8](parts[0]))
        return Opened(header: header.members, plaintext: plaintext)
    }

    static func compact(_ plaintext: [UInt8], contentKey: SecretBytes, header: String) -> String {
        let protected = Base64URL.encode([UInt8](header.utf8))
        let nonce = Random.bytes(GCM.nonceLength)
        let sealed = GCM.seal(plaintext, key: contentKey, nonce: nonce, associatedData: [UInt8](protected.utf8))
        let ciphertext = Base64URL.encode([UInt8](sealed.dropLast(GCM.tagLength)))
        let tag = Base64URL.encode([UInt8](sealed.suffix(GCM.tagLength)))
        return "\(protected)..\(Base64URL.encode(nonce)).\(ciphertext).\(tag)"
    }

    static func contentKey(_ own: P256Handle, _ peer: P256Handle) -> SecretBytes {
        var secret = own.sharedSecret(with: peer)
        defer { secret.cleanse() }
        return ConcatKDF.derive(secret: secret, algorithm: "A256GCM", keyLength: GCM.keyLength)
    }

    /// A parsed protected header.
    private struct Header {
        /// Its string members.
        let members: [String: String]
        let kid: String
        /// The members of its ephemeral key, which is not checked yet.
        let epk: [String: StrictJSON]
        /// Whether the header has only the supported algorithms and members.
        let isOurs: Bool

        init?(_ encoded: ArraySlice<UInt8>) {
            guard let bytes = Base64URL.decode(encoded), var all = StrictJSON.object(bytes),
                case .object(let epk) = all.removeValue(forKey: "epk"), let kid = all["kid"]?.string
            else { return nil }
            self.epk = epk
            self.kid = kid
            members = all.compactMapValues(\.string)
            // Of the reserved members `alg`, `enc` and `kid` are supported; each other one asks for an unsupported
            // feature.
            isOurs =
                members.count == all.count && members["alg"] == "ECDH-ES" && members["enc"] == "A256GCM"
                && reserved.intersection(members.keys) == ["alg", "enc", "kid"]
        }
    }
}
