public import FoundationEssentials

/// The secret part of a link: base64url of the key's version (2 bytes), the row's random id (16) and an HMAC-SHA-256
/// over class, version and id, cut to 128 bits; 46 characters.
///
/// Nothing in a database opens a link: it knows the id and not the key.
public enum LinkToken {
    private static let versionLength = 2
    private static let idLength = 16
    private static let macLength = 16
    private static let length = versionLength + idLength + macLength
    /// Keeps these MACs apart from all others under the same key.
    private static let domain = [UInt8]("assent link token 1\0".utf8)

    /// The token of a row, under the ring's current key.
    public static func make(_ linkClass: LinkClass, id: UUID, with ring: KeyRing) -> String {
        let version = UInt16(ring.current.version)
        let claim = [UInt8(version >> 8), UInt8(version & 0xFF)] + withUnsafeBytes(of: id.uuid) { [UInt8]($0) }
        return Base64URL.encode(claim + mac(linkClass, claim, ring.current.mac))
    }

    /// The row's id where `token` is exactly what `make` gave for that class under a key that the ring still has; the
    /// MAC is compared in constant time.
    public static func verify(_ token: String, _ linkClass: LinkClass, with ring: KeyRing) -> UUID? {
        guard token.utf8.count == (length * 4 + 2) / 3, let bytes = Base64URL.decode(token), bytes.count == length,
            let key = ring.key(version: Int(bytes[0]) << 8 | Int(bytes[1]))
        else { return nil }
        let claim = [UInt8](bytes.dropLast(macLength))
        guard OpenSSL.constantTimeEqual([UInt8](bytes.suffix(macLength)), mac(linkClass, claim, key.mac)) else {
            return nil
        }
        let id = [UInt8](claim.suffix(idLength))
        return UUID(uuid: id.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
    }

    /// Over class, version and id: with the version, a row has one token only, even if two versions had the same key.
    private static func mac(_ linkClass: LinkClass, _ claim: [UInt8], _ key: MACKey) -> [UInt8] {
        [UInt8](key.hmacSHA256(domain + [UInt8](linkClass.rawValue.utf8) + claim).prefix(macLength))
    }
}
