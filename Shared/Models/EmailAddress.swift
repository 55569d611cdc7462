/// An e-mail address that a mail may go to: `local@domain` without comments, quotes, display name or route, in one
/// canonical form for all its spellings (O15).
///
/// Stricter than RFC 5321, so that an accepted address can be used in a header and in an SMTP command as it is: no
/// control character, no space, no angle bracket, nothing that folds or ends a line.
package struct EmailAddress: Sendable, Hashable {
    /// Bytes of an address and of its local part (RFC 5321 section 4.5.3).
    private static let longest = 254
    private static let longestLocal = 64

    /// Why a text is no address, in words that follow a colon. They quote nothing of the text.
    package struct Mistake: Error, Equatable {
        /// The words, half a sentence.
        package let text: String

        package init(_ text: String) { self.text = text }
    }

    /// The part before the @, as it was given, in NFC.
    package let local: String
    /// The part after the @: A-labels, lower case.
    package let domain: String

    /// Local part and domain; it needs SMTPUTF8 where `ascii` is nil (RFC 6531).
    package var text: String { "\(local)@\(domain)" }
    /// The address for mail servers without SMTPUTF8; nil: the local part is not ASCII.
    package var ascii: String? { local.utf8.allSatisfy { $0 < 0x80 } ? text : nil }
    /// A text that is equal for all spellings of one mailbox. Local parts that differ in case reach the same mailbox in
    /// practice, and an opt-out must hold for both. Lower-casing can break NFC, so the text is composed a second time.
    package var mailbox: String { "\(local.lowercased().composed)@\(domain)" }

    /// Nil where the text is no such address.
    package init?(_ text: String) { try? self.init(checking: text) }

    /// Reads a text. Error: why it is no such address.
    package init(checking text: String) throws(Mistake) {
        guard text.utf8.count <= Self.longest else { throw Mistake("it has more than \(Self.longest) bytes") }
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { throw Mistake("it has no @") }
        local = String(text[..<at]).composed
        try Self.check(local)
        domain = try DomainName.ascii(String(text[text.utf8.index(after: at)...]))
        guard self.text.utf8.count <= Self.longest else { throw Mistake("it has more than \(Self.longest) bytes") }
    }

    private static func check(_ local: String) throws(Mistake) {
        let bytes = Array(local.utf8)
        guard !bytes.isEmpty else { throw Mistake("nothing stands before the @") }
        guard bytes.count <= longestLocal else {
            throw Mistake("more than \(longestLocal) bytes stand before the @")
        }
        let dot = UInt8(ascii: ".")
        let hasPair = zip(bytes, bytes.dropFirst()).contains { $0 == (dot, dot) }
        guard bytes.first != dot, bytes.last != dot, !hasPair else {
            throw Mistake("the part before the @ begins or ends with a full stop, or has two in a row")
        }
        guard bytes.allSatisfy({ $0 >= 0x80 || isAtomText($0) }), local.unicodeScalars.allSatisfy(isVisible) else {
            throw Mistake("the part before the @ has a character that none may have")
        }
    }

    private static func isAtomText(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: ".!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }

    /// Beyond ASCII, allows visible characters only: no separators, format or control characters (header and look-alike
    /// tricks).
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
    /// An e-mail address in its canonical form, or nil where the member is missing or `null`.
    package func optionalEmail(_ name: String) throws(Refusal) -> EmailAddress? {
        guard let text = try optionalText(name, limit: 254) else { return nil }
        do {
            return try EmailAddress(checking: text)
        } catch {
            throw refusal(name, "must be an e-mail address: \(error.text)")
        }
    }

    package func email(_ name: String) throws(Refusal) -> EmailAddress {
        guard let address = try optionalEmail(name) else { throw refusal(name, "is required") }
        return address
    }
}
