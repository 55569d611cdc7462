import Foundation

/// Keyed hashes, by which rows are looked up by value: without the key, a copy of the database reveals no value.
package enum KeyedHash {
    /// Keeps these hashes apart from all others under the same key.
    private static let messageIDDomain = [UInt8]("assent message id 1\0".utf8)
    private static let addressDomain = [UInt8]("assent address 1\0".utf8)
    private static let visibleDomain = [UInt8]("assent visible text 1\0".utf8)

    /// The number of the hash rule. It changes with the hashed text or the function, so that old hashes match no new
    /// ones.
    private static let rule = 1

    /// HMAC-SHA-256 over a mailbox's normalised spelling (`EmailAddress.mailbox`), under each version of the ring,
    /// newest first; each as `<rule>.<version>.<base64url>`.
    package static func address(_ mailbox: String, with ring: KeyRing) -> [String] {
        hashes(addressDomain + [UInt8](mailbox.utf8), ring)
    }

    /// HMAC-SHA-256 over a `Message-ID` as it is, under each version of the ring, newest first.
    package static func messageID(_ text: String, with ring: KeyRing) -> [String] {
        hashes(messageIDDomain + [UInt8](text.utf8), ring)
    }

    private static func hashes(_ bytes: [UInt8], _ ring: KeyRing) -> [String] {
        ring.versions.reversed().compactMap { version in
            ring.key(version: version).map { "\(rule).\(version)." + Base64URL.encode($0.mac.hmacSHA256(bytes)) }
        }
    }

    /// The text in NFC. ASCII is in NFC already and returned as it is; Foundation takes a hundred times as long to find
    /// that.
    private static func composed(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }

    /// The first 64 bits of an HMAC-SHA-256 over a label and a text in NFC, to find a value by its visible part. The
    /// label (without NUL) says which part of the value the text is, so that another mask in the configuration gives
    /// other hashes (V5).
    package static func visible(_ text: String, as label: String, with key: MACKey) -> Int64 {
        let hash = key.hmacSHA256(visibleDomain + [UInt8](label.utf8) + [0] + [UInt8](composed(text).utf8))
        return hash.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}
