package import FoundationEssentials
package import Models

/// The secret part of a link, in letters alone (P6): the key's version (2 bytes), the row's random id (16), for some
/// classes a text (the id of the link's contact, which is no secret, and on lines of their own the details of a tracked
/// link), and an HMAC-SHA-256 over class and all that, cut to 128 bits; 55 letters without a text.
///
/// A copy of the database is not enough to make a link: the database holds the id, but not the HMAC key.
package enum LinkToken {
    private static let versionLength = 2
    private static let idLength = 16
    private static let macLength = 16
    private static let length = versionLength + idLength + macLength
    /// Maximum bytes of a contact's id.
    private static let longestSubject = 128
    /// Maximum bytes of the item that a visit of a tracked link names.
    private static let longestItem = 256
    /// Maximum bytes of a tracked link's target; longer ones do not work in every mail program.
    package static let longestTarget = 2048
    /// Keeps these MACs apart from all others under the same key.
    private static let domain = [UInt8]("assent link token 1\0".utf8)
    private static let codeDomain = [UInt8]("assent link code 1\0".utf8)

    /// The content of a valid token.
    package struct Opened: Sendable, Equatable {
        /// The row's random id.
        package let id: UUID
        /// The id of the link's contact; empty where the token has no subject.
        package let subject: String
        /// What else the token says: of a pixel the item, of a tracked link the item and the target.
        package let details: [String]

        package init(id: UUID, subject: String, details: [String] = []) {
            self.id = id
            self.subject = subject
            self.details = details
        }
    }

    /// The token of a row, under the ring's current key; `subject` has at most 128 bytes. `details` are lines without
    /// line feeds, for a pixel and a tracked link alone: an item of at most 256 bytes, and a target (`longestTarget`).
    package static func make(
        _ linkClass: LinkClass, id: UUID, subject: String = "", details: [String] = [], with ring: KeyRing
    ) -> String {
        let text = ([subject] + details).joined(separator: "\n")
        precondition(text.utf8.count <= longestText(linkClass), "a text that is too long for the link's class")
        precondition(text.utf8.count { $0 == 10 } == details.count, "a line feed in a link's text")
        let version = UInt16(ring.current.version)
        let claim =
            [UInt8(version >> 8), UInt8(version & 0xFF)] + withUnsafeBytes(of: id.uuid) { [UInt8]($0) }
            + [UInt8](text.utf8)
        return LetterCode.encode(claim + mac(linkClass, claim, ring.current.mac))
    }

    /// The row's id in a valid token without a subject, else nil.
    package static func verify(_ token: String, _ linkClass: LinkClass, with ring: KeyRing) -> UUID? {
        guard let opened = open(token, linkClass, with: ring), opened.subject.isEmpty else { return nil }
        return opened.id
    }

    /// The content of `token` if `make` made it for that class under a key that the ring still has, else nil; the MAC
    /// is compared in constant time.
    package static func open(_ token: String, _ linkClass: LinkClass, with ring: KeyRing) -> Opened? {
        let longest = length + longestText(linkClass)
        guard token.utf8.count <= longest * 8 / 5 + 1, let bytes = LetterCode.decode(token),
            (length...longest).contains(bytes.count),
            let key = ring.key(version: Int(bytes[0]) << 8 | Int(bytes[1]))
        else { return nil }
        let claim = [UInt8](bytes.dropLast(macLength))
        guard OpenSSL.constantTimeEqual([UInt8](bytes.suffix(macLength)), mac(linkClass, claim, key.mac)) else {
            return nil
        }
        let id = [UInt8](claim[versionLength..<versionLength + idLength])
        let lines = claim[(versionLength + idLength)...].split(separator: 10, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        return Opened(
            id: UUID(uuid: id.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) }), subject: lines[0],
            details: Array(lines.dropFirst()))
    }

    /// The six-digit code in the same mail as the link, for a page that asks a human for it (P6). A guess succeeds once
    /// in a million, so the caller has to count the wrong codes.
    package static func code(_ linkClass: LinkClass, id: UUID, with ring: KeyRing) -> String {
        code(linkClass, id, ring.current.mac)
    }

    /// Whether `code(_:id:with:)` made `code` under a key that the ring still has; compared in constant time.
    package static func isCode(_ code: String, _ linkClass: LinkClass, id: UUID, with ring: KeyRing) -> Bool {
        ring.versions.contains { version in
            guard let key = ring.key(version: version) else { return false }
            return OpenSSL.constantTimeEqual([UInt8](code.utf8), [UInt8](Self.code(linkClass, id, key.mac).utf8))
        }
    }

    /// Maximum bytes of a token's text.
    private static func longestText(_ linkClass: LinkClass) -> Int {
        switch linkClass {
        case .page, .confirm, .optIn, .unsubscribe, .access: longestSubject
        case .pixel: longestSubject + 1 + longestItem
        case .link: longestSubject + 1 + longestItem + 1 + longestTarget
        }
    }

    private static func code(_ linkClass: LinkClass, _ id: UUID, _ key: MACKey) -> String {
        let claim = codeDomain + [UInt8](linkClass.rawValue.utf8) + withUnsafeBytes(of: id.uuid) { [UInt8]($0) }
        let number = key.hmacSHA256(claim).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 1_000_000
        let digits = String(number)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The MAC over class, version, id and text. It covers the version, so that a token with a changed version
    /// number is invalid even if two versions had the same key.
    private static func mac(_ linkClass: LinkClass, _ claim: [UInt8], _ key: MACKey) -> [UInt8] {
        [UInt8](key.hmacSHA256(domain + [UInt8](linkClass.rawValue.utf8) + claim).prefix(macLength))
    }
}
