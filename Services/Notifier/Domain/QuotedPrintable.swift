/// Encodes a mail's text as quoted-printable: ASCII lines of 76 characters (RFC 2045 section 6.7).
enum QuotedPrintable {
    private static let lineLimit = 76
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// A byte as `=` and two hex digits.
    static func escape(_ byte: UInt8) -> String {
        String(decoding: [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]], as: UTF8.self)
    }

    /// The encoded text with CRLF after each line, including the last; any line endings are accepted.
    static func encode(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 8)
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 13, bytes[end] != 10 { end += 1 }
            append(bytes[start..<end], to: &output)
            start = end + 1
            if end + 1 < bytes.count, bytes[end] == 13, bytes[end + 1] == 10 { start += 1 }
        }
        return output
    }

    private static func append(_ line: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var column = 0
        for (index, byte) in zip(line.indices, line) {
            let isLast = index == line.endIndex - 1
            let needsEscape = !isPlain(byte, endsLine: isLast)
            if column + (needsEscape ? 3 : 1) > lineLimit - (isLast ? 0 : 1) {
                output += [UInt8(ascii: "="), 13, 10]
                column = 0
            }
            // SMTP changes a leading dot, and some mailboxes change a leading "From ".
            if needsEscape || (column == 0 && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "F"))) {
                output += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                column += 3
            } else {
                output.append(byte)
                column += 1
            }
        }
        output += [13, 10]
    }

    /// Whether a byte needs no escape; white space at a line's end would be lost.
    private static func isPlain(_ byte: UInt8, endsLine: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "="): false
        case UInt8(ascii: " "), UInt8(ascii: "\t"): !endsLine
        case 0x21...0x7E: true
        default: false
        }
    }
}
