/// ASCII text that a mail can carry without encoding (`7bit`, RFC 2045 section 2.7).
enum PlainLines {
    /// Maximum bytes of a line without its end (RFC 5322 section 2.1.1).
    private static let lineLimit = 998
    private static let from = Array("From ".utf8)

    /// The text with CRLF after each line, including the last; nil if a mail system on the way could change it.
    static func encode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + 64)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex { $0 == 13 || $0 == 10 } ?? bytes.count
            guard isPlain(bytes[start..<end]) else { return nil }
            output += bytes[start..<end]
            output += [13, 10]
            start = end + 1
            if end + 1 < bytes.count, bytes[end] == 13, bytes[end + 1] == 10 { start += 1 }
        }
        return output
    }

    /// SMTP changes a leading dot, some mailboxes change a leading "From ", and many systems strip trailing white
    /// space.
    private static func isPlain(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count <= lineLimit, line.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 9 }) else { return false }
        guard let first = line.first, let last = line.last else { return true }
        return first != UInt8(ascii: ".") && !line.starts(with: from) && last != UInt8(ascii: " ") && last != 9
    }
}
