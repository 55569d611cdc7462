import Foundation

/// Keyed hashes: what is looked up by value is found by them, and a copy of the database reveals no value.
public enum KeyedHash {
    /// Keeps these hashes apart from all others under the same key.
    private static let messageIDDomain = [UInt8]("assent message id 1\0".utf8)
    private static let addressDomain = [UInt8]("assent address 1\0".utf8)
    private static let visibleDomain = [UInt8]("assent visible text 1\0".utf8)

    /// Which text is hashed and how; another number when either changes, so that old hashes are not taken for new ones.
    private static let rule = 1

    /// HMAC-SHA-256 over what stands for a mailbox whatever its spelling (`EmailAddress.mailbox`), under each version
    /// of the ring, newest first; each as `<rule>.<version>.<base64url>`.
    public static func address(_ mailbox: String, with ring: KeyRing) -> [String] {
        hashes(addressDomain + [UInt8](mailbox.utf8), ring)
    }

    /// The same over a `Message-ID` as it is.
    public static func messageID(_ text: String, with ring: KeyRing) -> [String] {
        hashes(messageIDDomain + [UInt8](text.utf8), ring)
    }

    private static func hashes(_ bytes: [UInt8], _ ring: KeyRing) -> [String] {
        ring.versions.reversed().compactMap { version in
            ring.key(version: version).map { "\(rule).\(version)." + Base64URL.encode($0.mac.hmacSHA256(bytes)) }
        }
    }

    /// In NFC, as ASCII is: Foundation takes a hundred times as long to find that out.
    private static func composed(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }

    /// The first 64 bits of an HMAC-SHA-256 over a text in NFC, by which a value is found, and over what it is of the
    /// value: a label without NUL, so that what another configuration shows has other hashes (V5).
    public static func visible(_ text: String, as label: String, with key: MACKey) -> Int64 {
        let hash = key.hmacSHA256(visibleDomain + [UInt8](label.utf8) + [0] + [UInt8](composed(text).utf8))
        return hash.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}
