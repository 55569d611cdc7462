import Foundation
package import Logging
import Messaging
import Models

/// Writes one JSON object per line to standard error: a constant message, and the variable data as further members.
///
/// Callers never pass personal data: ids of contacts at most, never an address, token, value or body.
package struct JSONLogHandler: LogHandler {
    /// Which lines are written.
    package var logLevel = Logger.Level.info
    /// Members of every line.
    package var metadata: Logger.Metadata = [:]
    private let label: String

    /// A handler; `label` is the service's name.
    package init(label: String) { self.label = label }

    /// One of the handler's own members.
    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a line in one piece.
    package func log(event: LogEvent) {
        var members = [
            JSON.Member("time", .string(Timestamp.now.rfc3339)),
            JSON.Member("level", .string(event.level.rawValue)),
            JSON.Member("service", .string(label)),
            JSON.Member("message", .string(event.message.description)),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            members.append(JSON.Member(name, .string(value.description)))
        }
        var line = JSON.object(members).bytes
        line.append(UInt8(ascii: "\n"))
        line.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
