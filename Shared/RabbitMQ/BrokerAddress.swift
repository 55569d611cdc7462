/// The broker's address, and the account that logs in.
///
/// `amqp://user:password@host:port/vhost`, or `amqps://…?cacertfile=PATH`: TLS 1.2 or newer, the broker's certificate
/// and its host name are checked against that file, always. Parts are percent-encoded. No vhost means `/`.
package struct BrokerAddress: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The broker's host name or address.
    package let host: String
    /// The port, 5672 or with TLS 5671 unless given.
    package let port: Int
    package let virtualHost: String
    package let user: String
    let password: String
    /// With TLS the file of the certificate authority, else nothing.
    let certificateAuthority: String?

    /// Reads an address. Error: `.invalidAddress`, which does not repeat the address.
    package init(url: String) throws(BrokerError) {
        let (isSecure, remainder) = try Self.scheme(of: url)
        let (beforeQuery, query) = Self.split(remainder, at: "?")
        let (authority, path) = Self.split(beforeQuery, at: "/")
        let (credentials, place) = try Self.splitAuthority(authority)
        let (host, port) = try Self.hostAndPort(place)
        self.host = host
        self.port = port ?? (isSecure ? 5671 : 5672)
        let (user, password) = Self.split(credentials, at: ":")
        self.user = try Self.decode(user)
        self.password = try Self.decode(password ?? "")
        let virtualHost = try Self.decode(path ?? "")
        self.virtualHost = virtualHost.isEmpty ? "/" : virtualHost
        let parameter = query?.split(separator: "&").first { $0.hasPrefix("cacertfile=") }
        let file = try Self.decode(parameter?.dropFirst("cacertfile=".count) ?? "")
        guard !isSecure || !file.isEmpty else { throw Self.invalid("amqps needs cacertfile") }
        certificateAuthority = isSecure ? file : nil
    }

    /// The address without the password.
    package var description: String {
        "\(certificateAuthority == nil ? "amqp" : "amqps")://\(user)@\(host):\(port)/\(virtualHost)"
    }

    /// The address without the password.
    package var debugDescription: String { description }

    /// Hides the stored password from `dump` and from string interpolation of values that contain an address.
    package var customMirror: Mirror { Mirror(self, children: ["address": description]) }

    private static func invalid(_ reason: String) -> BrokerError { BrokerError(.invalidAddress, reason) }

    private static func scheme(of url: String) throws(BrokerError) -> (isSecure: Bool, rest: Substring) {
        if url.hasPrefix("amqp://") { return (false, url.dropFirst(7)) }
        if url.hasPrefix("amqps://") { return (true, url.dropFirst(8)) }
        throw invalid("neither amqp:// nor amqps://")
    }

    private static func split(_ text: Substring, at separator: Character) -> (Substring, Substring?) {
        guard let index = text.firstIndex(of: separator) else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    private static func splitAuthority(_ authority: Substring) throws(BrokerError) -> (Substring, Substring) {
        guard let index = authority.lastIndex(of: "@") else { throw invalid("no account") }
        let credentials = authority[..<index]
        guard !credentials.isEmpty else { throw invalid("no account") }
        return (credentials, authority[authority.index(after: index)...])
    }

    private static func hostAndPort(_ place: Substring) throws(BrokerError) -> (String, Int?) {
        var host = place
        var port: Substring?
        if place.hasPrefix("[") {
            guard let end = place.firstIndex(of: "]") else { throw invalid("host") }
            host = place[place.index(after: place.startIndex)..<end]
            let tail = place[place.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw invalid("host") }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else {
            (host, port) = split(place, at: ":")
        }
        guard !host.isEmpty else { throw invalid("no host") }
        guard let port else { return (try decode(host), nil) }
        guard let number = Int(port), (1...65_535).contains(number) else { throw invalid("port") }
        return (try decode(host), number)
    }

    private static func decode(_ text: Substring) throws(BrokerError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2,
                let value = UInt8(String(Substring(digits)), radix: 16)
            else { throw invalid("percent encoding") }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        // A zero byte would cut the text short where C reads it.
        guard let decoded = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw invalid("percent encoding")
        }
        return decoded
    }
}
