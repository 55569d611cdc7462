/// Text of ASCII that may stand in a mail as it is (`7bit`, RFC 2045 section 2.7).
enum PlainLines {
    /// Bytes of a line without its end (RFC 5322 section 2.1.1).
    private static let lineLimit = 998

    /// The text with CRLF at the end of each line, and after the last; nil where something on its way could change it.
    static func encode(_ text: String) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + 64)
        var lines = text.split(separator: /\r\n|\r|\n/, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            guard isPlain(line) else { return nil }
            output += Array(line.utf8) + [13, 10]
        }
        return output
    }

    /// A leading dot is SMTP's to change, a leading "From " some mailboxes', white space at a line's end anybody's.
    private static func isPlain(_ line: Substring) -> Bool {
        let bytes = line.utf8
        guard bytes.count <= lineLimit, bytes.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 9 }) else {
            return false
        }
        guard let first = bytes.first, let last = bytes.last else { return true }
        return first != UInt8(ascii: ".") && !line.hasPrefix("From ") && last != UInt8(ascii: " ") && last != 9
    }
}
