/// One header field of a mail; its value cannot inject a line end or another header.
package struct MailHeader: Sendable, Equatable {
    /// Recommended maximum characters of a line (RFC 5322 section 2.1.1).
    static let lineLimit = 76
    /// Maximum characters of an encoded word (RFC 2047 section 2).
    private static let wordLimit = 75
    private static let wordStart = "=?utf-8?Q?"
    private static let wordEnd = "?="

    /// The whole field with its CRLF.
    let line: String

    /// Whether a header's text may hold the character: no control character and no line or paragraph separator.
    package static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: false
        default: true
        }
    }

    /// A field of printable ASCII that is written unchanged, such as a link or an address in angle brackets; disallowed
    /// characters are dropped.
    package init(_ name: String, _ value: String) {
        line = "\(name): \(Self.cleaned(value))\r\n"
    }

    /// The same with the value on a line of its own, for long values such as a `Message-ID`.
    package init(_ name: String, folding value: String) {
        line = "\(name):\r\n \(Self.cleaned(value))\r\n"
    }

    /// A field of a long value without blanks, such as base64, on as many lines as it needs.
    package init(_ name: String, wrapping value: String) {
        var rest = Self.cleaned(value)[...]
        var lines = ["\(name):"]
        while !rest.isEmpty {
            lines.append(" \(rest.prefix(Self.lineLimit - 2))")
            rest = rest.dropFirst(Self.lineLimit - 2)
        }
        line = lines.joined(separator: "\r\n") + "\r\n"
    }

    /// A field of any text; text that is not plain or too long is written as encoded words (RFC 2047).
    package init(_ name: String, text: String) {
        let text = Self.cleaned(text)
        let isPlain =
            text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
            && name.utf8.count + 2 + text.utf8.count <= Self.lineLimit && text.first != " " && text.last != " "
        line = "\(name): \(isPlain ? text : Self.encodedWords(text, after: name.utf8.count + 2))\r\n"
    }

    /// A field with one address and, if there is one, a display name.
    package init(_ name: String, displayName: String?, address: String) {
        let address = "<\(Self.cleaned(address))>"
        guard let displayName = displayName.map(Self.cleaned), !displayName.isEmpty else {
            line = "\(name): \(address)\r\n"
            return
        }
        let isAtoms = displayName.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: " "), UInt8(ascii: "-"): true
            default: false
            }
        }
        let phrase = isAtoms ? displayName : Self.encodedWords(displayName, after: name.utf8.count + 2)
        line = "\(name): \(phrase)\r\n \(address)\r\n"
    }

    private static func cleaned(_ text: String) -> String {
        guard !text.unicodeScalars.allSatisfy(isAllowed) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter(isAllowed)))
    }

    /// Encoded words on lines of their own; no character is split between two words.
    private static func encodedWords(_ text: String, after column: Int) -> String {
        var words: [String] = []
        var word = ""
        var room = min(wordLimit, lineLimit - column) - wordStart.utf8.count - wordEnd.utf8.count
        for scalar in text.unicodeScalars {
            let piece = encoded(scalar)
            if word.utf8.count + piece.utf8.count > room {
                words.append(word)
                word = ""
                room = wordLimit - wordStart.utf8.count - wordEnd.utf8.count
            }
            word += piece
        }
        words.append(word)
        return words.map { wordStart + $0 + wordEnd }.joined(separator: "\r\n ")
    }

    /// Escapes by the strictest rule, that of a display name (RFC 2047 section 5).
    private static func encoded(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case " ": "_"
        case "a"..."z", "A"..."Z", "0"..."9": String(scalar)
        default: String(scalar).utf8.map(QuotedPrintable.escape).joined()
        }
    }
}
