package import Models

extension MailMessage.Content {
    /// Maximum bytes of a subject: the limit of a header line (RFC 5322 section 2.1.1).
    package static var subjectLimit: Int { 998 }
    /// Maximum bytes of a text or HTML: the limit of a message.
    private static var bodyLimit: Int { 1024 * 1024 }

    /// Reads the members `subject`, `text` and `html`.
    package init(reading data: Reader) throws(Refusal) {
        let subject = try data.name("subject", limit: Self.subjectLimit)
        guard subject.unicodeScalars.allSatisfy(MailHeader.isAllowed) else {
            throw data.refusal("subject", "must be one line without control characters")
        }
        let text = try data.text("text", limit: Self.bodyLimit)
        let html = try data.optionalText("html", limit: Self.bodyLimit)
        // PostgreSQL stores no NUL.
        for (name, value) in [("text", text), ("html", html ?? "")] where value.utf8.contains(0) {
            throw data.refusal(name, "must not contain U+0000")
        }
        self.init(subject: subject, text: text, html: html)
    }

    /// The bytes to hash: they differ if any part differs. Line endings are normalised, since each line is sent with CR
    /// LF.
    package var canonical: [UInt8] {
        let html: JSON = html.map { .string(Self.linesEnded($0)) } ?? .null
        return JSON.array([.string(subject), .string(Self.linesEnded(text)), html]).bytes
    }

    /// Replaces CR LF and CR by LF. Works on bytes, because CR LF is one `Character`.
    private static func linesEnded(_ text: String) -> String {
        guard text.utf8.contains(13) else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == 13 {
                output.append(10)
            } else if byte != 10 || previous != 13 {
                output.append(byte)
            }
            previous = byte
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends a footer to both parts; to the HTML before the end of its body element, if there is one (P4).
    package func with(footer: (text: String, html: String)) -> Self {
        let ending = text.hasSuffix("\n") ? "\n" : "\n\n"
        return Self(
            subject: subject, text: text + ending + footer.text + "\n",
            html: html.map { Self.html($0, with: footer.html) })
    }

    /// Adds tracking to the HTML part (C2): a pixel at its end, and for each of its links the address that `link` gives
    /// for its number and target (`HTMLLinks`). The text part, and a mail without HTML, stay as they are.
    package func tracked(pixel: String, link: (Int, String) -> String?) -> Self {
        let html = html.map { html in
            let image = #"<img src="\#(pixel.escapedForHTML)" width="1" height="1" alt="" style="display:block">"#
            return Self.html(HTMLLinks.rewritten(html, link), with: image)
        }
        return Self(subject: subject, text: text, html: html)
    }

    private static func html(_ html: String, with footer: String) -> String {
        let bytes = Array(html.utf8)
        let tag = Array("</body".utf8)
        var place = bytes.count
        for start in stride(from: bytes.count - tag.count, through: 0, by: -1)
        where bytes[start..<start + tag.count].elementsEqual(tag, by: { lowercase($0) == $1 }) {
            place = start
            break
        }
        return String(decoding: bytes[..<place] + Array("\(footer)\n".utf8) + bytes[place...], as: UTF8.self)
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
    }
}
