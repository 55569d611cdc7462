/// An e-mail address that a mail may go to: `local@domain` without comments, quotes, display name or route.
///
/// Stricter than RFC 5321, so that what is accepted can stand in a header and in an SMTP command as it is: no control
/// character, no space, no angle bracket, nothing that folds or ends a line.
public struct EmailAddress: Sendable, Hashable {
    /// As it was given.
    public let text: String

    /// Nil where the text is no such address: at most 254 bytes, a local part of at most 64 (RFC 5321 section 4.5.3).
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 254, let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        guard Self.isLocalPart(bytes[..<at]), Self.isDomain(bytes[(at + 1)...]) else { return nil }
        guard text.unicodeScalars.allSatisfy(Self.isVisible) else { return nil }
        self.text = text
    }

    private static func isLocalPart(_ local: ArraySlice<UInt8>) -> Bool {
        guard (1...64).contains(local.count), local.first != UInt8(ascii: "."), local.last != UInt8(ascii: ".") else {
            return false
        }
        var previous: UInt8 = 0
        for byte in local {
            if byte == UInt8(ascii: "."), previous == byte { return false }
            if byte < 0x80, !isAtomText(byte) { return false }
            previous = byte
        }
        return true
    }

    private static func isAtomText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: ".!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }

    private static func isDomain(_ domain: ArraySlice<UInt8>) -> Bool {
        guard (1...253).contains(domain.count) else { return false }
        return domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            guard (1...63).contains(label.count), label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-")
            else { return false }
            return label.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), 0x80...:
                    true
                default: false
                }
            }
        }
    }

    /// Beyond ASCII only what can be seen: no separators, format or control characters (header and look-alike tricks).
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x21...0x7E).contains(scalar.value) }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .privateUse,
            .unassigned:
            false
        default: true
        }
    }
}

extension Reader {
    /// An e-mail address, or nil where the member is missing or `null`.
    public func optionalEmail(_ name: String) throws(Refusal) -> EmailAddress? {
        guard let text = try optionalText(name, limit: 254) else { return nil }
        guard let address = EmailAddress(text) else { throw refusal(name, "must be an e-mail address") }
        return address
    }

    /// An e-mail address.
    public func email(_ name: String) throws(Refusal) -> EmailAddress {
        guard let address = try optionalEmail(name) else { throw refusal(name, "is required") }
        return address
    }
}
