import Models

/// Gives the links of a mail's HTML other addresses: the `href` of `a` and `area` with an absolute `http` or `https`
/// address. Everything else stays as it is, byte for byte: text, comments, scripts, styles, other schemes, relative
/// addresses, and links whose address is doubtful (`LinkTarget`).
package enum HTMLLinks {
    /// `link` returns the new address of a link by its number in the mail, from 1, and its address; nil: it stays.
    package static func rewritten(_ html: String, _ link: (_ number: Int, _ target: String) -> String?) -> String {
        let bytes = Array(html.utf8)
        var scanner = HTMLScanner(bytes)
        var output: [UInt8] = []
        var copied = 0
        var number = 0
        while let value = scanner.nextLink() {
            guard let target = LinkTarget.decoded(bytes[value.text]) else { continue }
            number += 1
            guard let address = link(number, target) else { continue }
            output += bytes[copied..<value.whole.lowerBound]
            output += Array("\"\(address.escapedForHTML)\"".utf8)
            copied = value.whole.upperBound
        }
        return copied == 0 ? html : String(decoding: output + bytes[copied...], as: UTF8.self)
    }
}

/// Finds links as a browser does (HTML Standard, section 13.2.5 "Tokenization"), without building a document.
struct HTMLScanner {
    /// An attribute's value.
    struct Value {
        /// With its quotes.
        let whole: Range<Int>
        /// Without them.
        let text: Range<Int>
    }

    private static let links = ["a", "area"].map { Array($0.utf8) }
    /// Elements whose content is text alone, up to their end tag.
    private static let textElements = [
        "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
    ].map { Array($0.utf8) }

    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The value of the next link's `href`; nil at the end.
    mutating func nextLink() -> Value? {
        while let open = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            index = open + 1
            guard let next = peek() else { return nil }
            switch next {
            case UInt8(ascii: "!"): skipDeclaration()
            case UInt8(ascii: "?"): skip(past: ">")
            case UInt8(ascii: "/"):
                index += 1
                guard let first = peek() else { return nil }
                if isLetter(first) { _ = tag() } else { skip(past: ">") }
            case _ where isLetter(next):
                guard let (name, href) = tag() else { return nil }
                if Self.textElements.contains(name) { skipText(of: name) }
                if let href, Self.links.contains(name) { return href }
            default: break
            }
        }
        return nil
    }

    /// A comment, which may hold anything, or a document type and the like, which ends at the first `>`.
    private mutating func skipDeclaration() {
        guard bytes[index...].starts(with: "!--".utf8) else { return skip(past: ">") }
        index += 3
        for short in [">", "->"] where bytes[index...].starts(with: short.utf8) {
            index += short.utf8.count
            return
        }
        while let dashes = bytes[index...].firstIndex(of: UInt8(ascii: "-")) {
            index = dashes + 1
            for end in ["->", "-!>"] where bytes[index...].starts(with: end.utf8) {
                index += end.utf8.count
                return
            }
        }
        index = bytes.count
    }

    /// Reads a tag from its name to its end. Nil: it has no end, so that it is none.
    private mutating func tag() -> (name: [UInt8], href: Value?)? {
        let name = lowercased(word(until: "/>"))
        var href: Value?
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: ">"):
                index += 1
                return (name, href)
            case _ where isSpace(byte) || byte == UInt8(ascii: "/"): index += 1
            default:
                let start = index
                index += 1  // a name may begin with "="
                _ = word(until: "/>=")
                let attribute = lowercased(start..<index)
                let value = value()
                // Of two attributes of one name the first counts.
                if href == nil, attribute == Array("href".utf8) { href = value }
            }
        }
        return nil
    }

    /// Reads `= value` behind an attribute's name; nil where there is none.
    private mutating func value() -> Value? {
        let behindName = index
        skipSpace()
        guard peek() == UInt8(ascii: "=") else {
            index = behindName
            return nil
        }
        index += 1
        skipSpace()
        guard let quote = peek(), quote != UInt8(ascii: ">") else { return nil }
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            let text = word(until: ">")
            return Value(whole: text, text: text)
        }
        let start = index
        guard let end = bytes[(start + 1)...].firstIndex(of: quote) else {
            index = bytes.count
            return nil
        }
        index = end + 1
        return Value(whole: start..<index, text: start + 1..<end)
    }

    private mutating func skipText(of name: [UInt8]) {
        while let open = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            index = open + 1
            let end = index + 1 + name.count
            guard peek() == UInt8(ascii: "/"), end < bytes.count, lowercased(index + 1..<end) == name,
                isSpace(bytes[end]) || bytes[end] == UInt8(ascii: "/") || bytes[end] == UInt8(ascii: ">")
            else { continue }
            index += 1
            _ = tag()
            return
        }
        index = bytes.count
    }

    private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = peek(), isSpace(byte) { index += 1 }
    }

    private mutating func skip(past end: Unicode.Scalar) {
        index = bytes[index...].firstIndex(of: UInt8(ascii: end)).map { $0 + 1 } ?? bytes.count
    }

    /// What comes before white space, the text's end, or one of `ends`.
    private mutating func word(until ends: String) -> Range<Int> {
        let start = index
        while let byte = peek(), !isSpace(byte), !ends.utf8.contains(byte) { index += 1 }
        return start..<index
    }

    private func lowercased(_ range: Range<Int>) -> [UInt8] {
        bytes[range].map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) && byte != 0x0B }

    private func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
