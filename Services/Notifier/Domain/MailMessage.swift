package import FoundationEssentials
package import Models

/// A mail in the form given to the mail server (RFC 5322, RFC 2045): ASCII, CRLF, lines of at most 998 bytes. Only a
/// recipient with a non-ASCII local part is written as UTF-8 in `To` (RFC 6532).
package struct MailMessage: Sendable, Equatable {
    /// The envelope's and the header's sender.
    package let sender: EmailAddress
    /// The envelope's and the header's recipient.
    package let recipient: EmailAddress
    /// Header and body.
    package let bytes: [UInt8]
    /// Whether the mail requires a mail server with SMTPUTF8 (RFC 6531).
    package var needsSMTPUTF8: Bool { recipient.ascii == nil }

    /// Subject and body of a mail.
    package struct Content: Sendable, Equatable {
        package let subject: String
        package let text: String
        /// The HTML part; nil: text alone.
        package let html: String?

        package init(subject: String, text: String, html: String?) {
            self.subject = subject
            self.text = text
            self.html = html
        }
    }

    /// The sender of a mail.
    package struct Sender: Sendable, Equatable {
        package let name: String?
        package let address: EmailAddress

        package init(name: String?, address: EmailAddress) {
            self.name = name
            self.address = address
        }
    }

    /// Writes a mail. `id` and `domain` form its `Message-ID`, which is the same on each retry.
    package init(
        id: UUID, domain: String, at time: Timestamp, from sender: Sender, to recipient: EmailAddress,
        content: Content, headers: [MailHeader] = []
    ) {
        self.sender = sender.address
        self.recipient = recipient
        // Quoted-printable text cannot contain this boundary, because there "=" is followed by hex digits or a line
        // end.
        let boundary = "=_\(id.text)"
        var fields = [
            MailHeader("Date", Self.date(time)),
            MailHeader("From", displayName: sender.name, address: sender.address.text),
            MailHeader("To", displayName: nil, address: recipient.text),
            MailHeader("Subject", text: content.subject),
            MailHeader("Message-ID", "<\(id.text)@\(domain)>"),
        ]
        fields += headers
        fields.append(MailHeader("MIME-Version", "1.0"))
        var bytes = Array(fields.map(\.line).joined().utf8)
        if let html = content.html {
            bytes += Array("Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"\r\n\r\n".utf8)
            for (type, text) in [("text/plain", content.text), ("text/html", html)] {
                bytes += Array("--\(boundary)\r\n".utf8)
                bytes += Self.part(type, text)
            }
            bytes += Array("--\(boundary)--\r\n".utf8)
        } else {
            bytes += Self.part("text/plain", content.text)
        }
        self.bytes = bytes
    }

    /// Plain ASCII is not encoded, so that links stay readable in the source.
    private static func part(_ type: String, _ text: String) -> [UInt8] {
        let plain = PlainLines.encode(text)
        let encoding = plain == nil ? "quoted-printable" : "7bit"
        return Array("Content-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: \(encoding)\r\n\r\n".utf8)
            + (plain ?? QuotedPrintable.encode(text))
    }

    /// Formats a time, such as `Tue, 24 Nov 2026 08:33:30 +0000`.
    static func date(_ time: Timestamp) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // day 0 was a Thursday
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = Int(time.microseconds / 86_400_000_000)
        let parts = time.rfc3339.split { "-T:.Z".contains($0) }.compactMap { Int($0) }
        let clock = time.rfc3339.split(separator: "T").last?.prefix(8) ?? "00:00:00"
        return "\(days[max(0, day) % 7]), \(parts[2]) \(months[parts[1] - 1]) \(parts[0]) \(clock) +0000"
    }
}
