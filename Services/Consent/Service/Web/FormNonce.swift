import Cryptography
import FoundationEssentials

/// Names one rendering of a form: 16 random bytes and an HMAC over them, the link's class and its id.
///
/// Forms carry it, and nothing judges it yet: a link's state alone decides whether it was used.
enum FormNonce {
    /// Keeps these MACs apart from all others under the same key.
    private static let domain = [UInt8]("assent form nonce 1\0".utf8)
    private static let randomLength = 16

    /// A nonce for a form of the link.
    static func make(_ linkClass: LinkClass, id: UUID, random: [UInt8], with ring: KeyRing) -> String {
        let random = [UInt8](random.prefix(randomLength))
        return Base64URL.encode(random + ring.current.mac.hmacSHA256(claim(linkClass, id, random)))
    }

    /// Whether `make` gave the nonce for this link under a key that the ring still has.
    static func isValid(_ nonce: String, _ linkClass: LinkClass, id: UUID, with ring: KeyRing) -> Bool {
        guard let bytes = Base64URL.decode(nonce), bytes.count == randomLength + 32 else { return false }
        let claim = claim(linkClass, id, [UInt8](bytes.prefix(randomLength)))
        let mac = [UInt8](bytes.dropFirst(randomLength))
        return ring.versions.contains { ring.key(version: $0)?.mac.isValid(mac, for: claim) == true }
    }

    private static func claim(_ linkClass: LinkClass, _ id: UUID, _ random: [UInt8]) -> [UInt8] {
        domain + [UInt8](linkClass.rawValue.utf8) + withUnsafeBytes(of: id.uuid) { [UInt8]($0) } + random
    }
}
