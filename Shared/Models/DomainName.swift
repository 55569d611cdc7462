import CIDN

/// An Internet domain in its canonical ASCII form (UTS 46, non-transitional, A-labels), which is compared, hashed and
/// used for sending (O15).
enum DomainName {
    /// Bytes of a domain and of a label (RFC 1035 section 2.3.4).
    private static let longestDomain = 253
    private static let longestLabel = 63

    /// The canonical form: lower case, with a dot, without one at the end.
    static func ascii(_ text: String) throws(EmailAddress.Mistake) -> String {
        // Checked before the conversion, which would stop at a NUL.
        guard text.utf8.allSatisfy({ $0 >= 0x80 || $0 == UInt8(ascii: ".") || isAllowed($0) || isUpperCase($0) }) else {
            throw .init("the domain has a character that none may have")
        }
        let ascii = needsConversion(text) ? try converted(text) : text.lowercased()
        let labels = ascii.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard ascii.utf8.count <= longestDomain else { throw .init("the domain has more than \(longestDomain) bytes") }
        guard labels.count > 1, let last = labels.last else { throw .init("the domain has no dot") }
        for label in labels { try check(label) }
        guard !isNumber(last) else { throw .init("the domain ends in a number") }
        return ascii
    }

    /// An ASCII label other than an A-label is valid without conversion, even one such as `r3---a`, which UTS 46
    /// refuses.
    private static func needsConversion(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.allSatisfy({ $0 < 0x80 }) else { return true }
        return bytes.split(separator: UInt8(ascii: ".")).contains { label in
            label.prefix(4).elementsEqual("xn--".utf8) { $0 | 0x20 == $1 | 0x20 }
        }
    }

    /// `idn2_lookup_u8`: maps and normalises each label, checks its hyphens, joiners and direction, and that an A-label
    /// converts there and back. Its own rule for ASCII (STD 3) is not used, since it drops forbidden characters: `a_b`
    /// would become `ab`. `check` tests the result instead.
    private static func converted(_ text: String) throws(EmailAddress.Mistake) -> String {
        var result: UnsafeMutablePointer<UInt8>?
        let flags = Int32(bitPattern: IDN2_NONTRANSITIONAL.rawValue | IDN2_NFC_INPUT.rawValue)
        let code = text.withCString { bytes in
            bytes.withMemoryRebound(to: UInt8.self, capacity: text.utf8.count + 1) {
                idn2_lookup_u8($0, &result, flags)
            }
        }
        defer { idn2_free(result) }
        guard code == IDN2_OK.rawValue, let result else {
            throw .init("the domain is no valid internationalised name (UTS 46)")
        }
        return String(cString: result)
    }

    private static func check(_ label: Substring.UTF8View) throws(EmailAddress.Mistake) {
        guard !label.isEmpty else { throw .init("the domain has an empty label") }
        guard label.count <= longestLabel else {
            throw .init("a label of the domain has more than \(longestLabel) bytes")
        }
        let hyphen = UInt8(ascii: "-")
        guard label.first != hyphen, label.last != hyphen else {
            throw .init("a label of the domain begins or ends with a hyphen")
        }
        guard label.allSatisfy(isAllowed) else { throw .init("the domain has a character that none may have") }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func isUpperCase(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    /// Whether resolvers read the label as a number: decimal, or hexadecimal after 0x. `127.0.0.0x1` is an IP address.
    private static func isNumber(_ label: Substring.UTF8View) -> Bool {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        if label.allSatisfy(isDigit) { return true }
        guard label.starts(with: "0x".utf8) else { return false }
        return label.dropFirst(2).allSatisfy { isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }
}
