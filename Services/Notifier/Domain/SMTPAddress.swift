/// `SMTP_URL`: `smtp://user:password@host:port` (STARTTLS, port 587) or `smtps://…` (TLS at once, port 465).
///
/// TLS is required and the server's name checked, unless the URL says `?tls=none` (N1).
package struct SMTPAddress: Sendable, Equatable {
    /// The protection of the connection.
    package enum Protection: Sendable, Equatable {
        /// TLS from the first byte.
        case implicit
        /// STARTTLS is mandatory; without it nothing is sent.
        case startTLS
        /// No TLS, requested by `?tls=none`.
        case none
    }

    /// An error in the URL; quotes no part of it, since it holds a password.
    package struct Mistake: Error, Sendable, CustomStringConvertible {
        /// The error in one sentence.
        package let description: String

        init(_ description: String) { self.description = description }
    }

    /// Name or address, without the brackets of an IPv6 address.
    package let host: String
    /// 1 to 65535.
    package let port: Int
    /// Nil: without authentication.
    package let credentials: Credentials?
    /// The protection of the connection.
    package let protection: Protection

    /// Login data for the mail server.
    package struct Credentials: Sendable, Equatable, CustomStringConvertible {
        package let user: String
        package let password: String
        /// Hides both.
        package var description: String { "<hidden>" }
    }

    /// Parses a URL.
    package init(url: String) throws(Mistake) {
        guard let schemeEnd = url.firstRange(of: "://") else { throw Mistake("must begin with smtp:// or smtps://") }
        let scheme = url[..<schemeEnd.lowerBound].lowercased()
        guard scheme == "smtp" || scheme == "smtps" else { throw Mistake("must begin with smtp:// or smtps://") }
        let rest = url[schemeEnd.upperBound...]
        let query = rest.firstIndex(of: "?").map { String(rest[rest.index(after: $0)...]) }
        var authority = rest.prefix { $0 != "?" }
        if authority.last == "/" { authority.removeLast() }
        guard !authority.contains("/") else { throw Mistake("must have no path") }

        if let at = authority.lastIndex(of: "@") {
            credentials = try Self.credentials(authority[..<at])
            authority = authority[authority.index(after: at)...]
        } else {
            credentials = nil
        }
        (host, port) = try Self.place(authority, standardPort: scheme == "smtps" ? 465 : 587)
        switch (query, scheme) {
        case (nil, "smtps"), ("tls=required", "smtps"): protection = .implicit
        case (nil, _), ("tls=required", _): protection = .startTLS
        case ("tls=none", "smtp"): protection = .none
        default: throw Mistake("knows the parameters tls=required and, with smtp://, tls=none")
        }
    }

    private static func credentials(_ text: Substring) throws(Mistake) -> Credentials {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = parts.first.flatMap(decoded), !user.isEmpty,
            let password = parts.count == 2 ? decoded(parts[1]) : ""
        else { throw Mistake("has a user or password that cannot be read (percent-encode special characters)") }
        return Credentials(user: user, password: password)
    }

    private static func place(_ text: Substring, standardPort: Int) throws(Mistake) -> (String, Int) {
        var host = text
        var port: Int? = standardPort
        let afterHost = text.first == "[" ? text.firstIndex(of: "]") ?? text.startIndex : text.startIndex
        if let colon = text[afterHost...].firstIndex(of: ":") {
            host = text[..<colon]
            port = Int(text[text.index(after: colon)...])
        }
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard let port, (1...65_535).contains(port) else { throw Mistake("has a port that is no number to 65535") }
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard !host.isEmpty, isName else { throw Mistake("has no host, or one that cannot be read") }
        return (String(host), port)
    }

    /// Percent-decodes a text; nil if it is malformed, not UTF-8, or has control characters.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            rest = rest.dropFirst(2)
            bytes.append(value)
        }
        guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Whether the server is this machine, so that the traffic does not leave it.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
