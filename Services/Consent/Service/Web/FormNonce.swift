import Cryptography
import FoundationEssentials
import Models

/// Lifetime of a nonce: after it, a page that stayed open no longer proves that a visitor fetched it.
private let nonceLife = Duration.seconds(24 * 3600)

/// A nonce for one rendering of a form: its time, 16 random bytes and an HMAC over them, the link's class and id and
/// the kind of form. A POST with a valid nonce comes from a client that fetched the page before (P6).
///
/// The nonce proves nothing more and can be sent again: only the link's state decides whether the link was used.
enum FormNonce {
    /// The kind of form. A form that asked for the code is not accepted without the code.
    enum Kind: UInt8 {
        case button = 1
        case code = 2
    }

    /// Domain separation from all other MACs under the same key.
    private static let domain = [UInt8]("assent form nonce 2\0".utf8)
    private static let randomLength = 16
    private static let timeLength = 8
    private static let macLength = 32

    /// A nonce for a form of the link, rendered `now`.
    static func make(
        _ kind: Kind, _ linkClass: LinkClass, id: UUID, now: Timestamp, random: [UInt8], with ring: KeyRing
    ) -> String {
        let time = withUnsafeBytes(of: now.microseconds.bigEndian) { [UInt8]($0) }
        let rendering = time + random.prefix(randomLength)
        return Base64URL.encode(rendering + ring.current.mac.hmacSHA256(claim(kind, linkClass, id, rendering)))
    }

    /// Whether `make` issued the nonce for this kind of form and link in the last 24 hours, under a key that is still
    /// in the ring.
    static func isValid(
        _ nonce: String, _ kind: Kind, _ linkClass: LinkClass, id: UUID, now: Timestamp, with ring: KeyRing
    ) -> Bool {
        guard let bytes = Base64URL.decode(nonce), bytes.count == timeLength + randomLength + macLength else {
            return false
        }
        let rendering = [UInt8](bytes.dropLast(macLength))
        let mac = [UInt8](bytes.suffix(macLength))
        let claim = claim(kind, linkClass, id, rendering)
        guard ring.versions.contains(where: { ring.key(version: $0)?.mac.isValid(mac, for: claim) == true }) else {
            return false
        }
        let microseconds = rendering.prefix(timeLength).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return now - Timestamp(microseconds: microseconds) < nonceLife
    }

    private static func claim(_ kind: Kind, _ linkClass: LinkClass, _ id: UUID, _ rendering: [UInt8]) -> [UInt8] {
        domain + [kind.rawValue] + [UInt8](linkClass.rawValue.utf8) + withUnsafeBytes(of: id.uuid) { [UInt8]($0) }
            + rendering
    }
}
