import Foundation

/// Keyed hashes: what is looked up by value is found by them, and a copy of the database reveals no value.
public enum KeyedHash {
    /// Keeps these hashes apart from all others under the same key.
    private static let messageIDDomain = [UInt8]("assent message id 1\0".utf8)
    private static let addressDomain = [UInt8]("assent address 1\0".utf8)
    private static let visibleDomain = [UInt8]("assent visible text 1\0".utf8)

    /// HMAC-SHA-256 over the normalised address, 32 bytes; `nil` without an `@` between two parts. The caller validates
    /// the syntax.
    ///
    /// Normalised: Unicode NFC and lower case, the local part too. Addresses that differ in case reach the same box in
    /// practice, and an opt-out must hold for both.
    ///
    /// The key is the ring's oldest, always: a look-up must find what any earlier one stored, so that a new version in
    /// the address key's file changes nothing, and removing the oldest makes every stored hash unfindable.
    public static func address(_ email: String, with ring: KeyRing) -> [UInt8]? {
        let bytes = email.utf8
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")), at > bytes.startIndex,
            bytes.index(after: at) < bytes.endIndex
        else { return nil }
        return ring.oldest.mac.hmacSHA256(addressDomain + normalised(email))
    }

    private static func normalised(_ email: String) -> [UInt8] {
        // Lower-casing can leave NFC, hence the second time.
        [UInt8](composed(composed(email).lowercased()).utf8)
    }

    /// In NFC, as ASCII is: Foundation takes a hundred times as long to find that out.
    private static func composed(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }

    /// HMAC-SHA-256 over a `Message-ID` as it is, 32 bytes, under the ring's oldest key.
    public static func messageID(_ text: String, with ring: KeyRing) -> [UInt8] {
        ring.oldest.mac.hmacSHA256(messageIDDomain + [UInt8](text.utf8))
    }

    /// The first 64 bits of an HMAC-SHA-256 over a text in NFC, by which a value is found, and over what it is of the
    /// value: a label without NUL, so that what another configuration shows has other hashes (V5).
    public static func visible(_ text: String, as label: String, with key: MACKey) -> Int64 {
        let hash = key.hmacSHA256(visibleDomain + [UInt8](label.utf8) + [0] + [UInt8](composed(text).utf8))
        return hash.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}
