import Foundation

/// Keyed hashes: what is looked up by value is found by them, and a copy of the database reveals no value.
public enum KeyedHash {
    /// Keeps these hashes apart from all others under the same key.
    private static let messageIDDomain = [UInt8]("assent message id 1\0".utf8)
    private static let addressDomain = [UInt8]("assent address 1\0".utf8)

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
        // ASCII is in NFC, which Foundation takes a hundred times as long to find out.
        if email.utf8.allSatisfy({ $0 < 0x80 }) {
            return email.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        }
        // Lower-casing can leave NFC, hence the second time.
        let text = email.precomposedStringWithCanonicalMapping.lowercased().precomposedStringWithCanonicalMapping
        return [UInt8](text.utf8)
    }

    /// HMAC-SHA-256 over a `Message-ID` as it is, 32 bytes, under the ring's oldest key.
    public static func messageID(_ text: String, with ring: KeyRing) -> [UInt8] {
        ring.oldest.mac.hmacSHA256(messageIDDomain + [UInt8](text.utf8))
    }
}
