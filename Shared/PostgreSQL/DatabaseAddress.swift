import CPostgreSQL
import Foundation

/// A database's address and account: a libpq URL, which may carry a password and is never shown.
package struct DatabaseAddress: Sendable {
    /// Default settings, which the URL can override. The times detect a dead network within 25 s.
    private static let defaults = [
        "connect_timeout": "5", "keepalives": "1", "keepalives_idle": "10", "keepalives_interval": "5",
        "keepalives_count": "3", "tcp_user_timeout": "15000", "target_session_attrs": "read-write",
        "gssencmode": "disable",
    ]

    private let settings: [String: String]

    /// Takes `postgresql://user:password@host:port/database?sslmode=verify-full&sslrootcert=…`.
    ///
    /// libpq parses it (`PQconninfoParse`); the error for a mistake does not quote the text.
    package init(url: String) throws(DatabaseError) {
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url, &message)
        // The message may quote the password.
        if let message { PQfreemem(message) }
        guard let options else { throw .misuse("the database URL cannot be read") }
        defer { PQconninfoFree(options) }
        var settings: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { settings[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        self.settings = settings
    }

    /// The URL's settings and the defaults. The character set is always UTF-8, since texts are read as UTF-8.
    func settings(name: String, limits: ConnectionLimits) -> [String: String] {
        var merged = settings.merging(Self.defaults) { fromURL, _ in fromURL }
        merged["client_encoding"] = "UTF8"
        merged["application_name"] = name
        merged["options"] = [settings["options"], limits.serverOptions].compactMap(\.self).joined(separator: " ")
        return merged
    }
}

extension DatabaseAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Host, port and database.
    package var description: String {
        let host = settings["host"] ?? settings["hostaddr"] ?? "local"
        return "postgresql://\(host):\(settings["port"] ?? "5432")/\(settings["dbname"] ?? "")"
    }

    /// The same as `description`.
    package var debugDescription: String { description }

    /// No children, so that `dump` shows no password either.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
