/// Compact JWS (RFC 7515) by Ed25519 (`EdDSA`, RFC 8037): receipts and certificates.
///
/// The same key signs JWS and signed notes. Neither is accepted as the other, since a note's text contains line ends
/// and the signed text of a JWS does not.
package enum Ed25519JWS {
    /// A receipt or certificate is far shorter; longer ones are not even decoded.
    private static let longest = 1_048_576

    /// Signs `payload` by the current key. `type` is the header's `typ`; `open` checks it, so that one kind of document
    /// is not accepted as another.
    package static func sign(_ payload: [UInt8], type: String, by keys: Ed25519KeyRing) -> String {
        let key = keys.current
        let header =
            #"{"alg":"EdDSA","kid":"\#(key.publicKey.thumbprint)","typ":\#(StrictJSON.quoted(type))}"#
        let input = "\(Base64URL.encode([UInt8](header.utf8))).\(Base64URL.encode(payload))"
        return "\(input).\(Base64URL.encode(key.signature(of: [UInt8](input.utf8))))"
    }

    /// Verifies a JWS of this type by one of the keys and returns its payload; throws `cannotOpen` for anything else.
    package static func open(
        _ text: String, type: String, by keys: [Ed25519PublicKey]
    ) throws(CryptographyError) -> [UInt8] {
        guard text.utf8.count <= longest else { throw .cannotOpen }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]).flatMap({ StrictJSON.object($0) }),
            header.count == 3, header["alg"] == .string("EdDSA"), header["typ"] == .string(type),
            let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]),
            let key = keys.first(where: { header["kid"] == .string($0.thumbprint) }),
            key.isValid(signature, for: [UInt8]("\(parts[0]).\(parts[1])".utf8))
        else { throw .cannotOpen }
        return payload
    }
}
