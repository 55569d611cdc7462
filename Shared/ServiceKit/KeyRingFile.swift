package import Cryptography
package import Logging
import Synchronization

/// A file such as `LINK_KEY_FILE`.
package typealias KeyRingFile = KeysFile<KeyRing>

/// The keys of a file, which is read again when it changes. A new file that cannot be used is logged, and the keys
/// loaded before stay. Thread-safe.
package final class KeysFile<Ring: Sendable>: Sendable {
    private struct Source: Sendable {
        let file: WatchedFile
        let variable: String
        let parse: @Sendable (String) throws -> Ring
        let mayReplace: @Sendable (_ new: Ring, _ old: Ring) -> Bool
        let log: Logger
    }

    private let source: Source?
    private let held: Mutex<Ring>

    /// Fixed keys, without a file.
    package init(_ ring: Ring) {
        source = nil
        held = Mutex(ring)
    }

    /// Reads the file that the variable names.
    ///
    /// - Parameters:
    ///   - parse: reads the keys from the file's text; it throws if the text has a mistake.
    ///   - mayReplace: whether changed keys may take the place of those that were read before.
    package init(
        _ variable: String, in environment: ServiceEnvironment, log: Logger,
        parse: @escaping @Sendable (String) throws -> Ring,
        mayReplace: @escaping @Sendable (_ new: Ring, _ old: Ring) -> Bool = { _, _ in true }
    ) throws {
        let source = Source(
            file: try environment.watched(variable), variable: variable, parse: parse, mayReplace: mayReplace, log: log)
        self.source = source
        held = Mutex(try parse(try source.file.read()))
    }

    /// The file's keys; a change takes effect within a second.
    package var ring: Ring {
        if let source, source.file.hasChanged() { readAgain(source) }
        return held.withLock { $0 }
    }

    private func readAgain(_ source: Source) {
        do {
            let ring = try source.parse(try source.file.read())
            try held.withLock { held in
                guard source.mayReplace(ring, held) else {
                    throw ServiceEnvironment.Mistake("\(source.variable) lacks a key that it had before")
                }
                held = ring
            }
            source.log.info("a key file was read again", metadata: ["file": "\(source.variable)"])
        } catch {
            source.log.warning(
                "loading a changed key file failed; the keys loaded before stay in use",
                metadata: ["file": "\(source.variable)", "error": "\(error)"])
        }
    }
}

extension KeysFile<KeyRing> {
    /// Reads the file that the variable names; one with more versions is a mistake.
    package convenience init(
        _ variable: String, in environment: ServiceEnvironment, mostVersions: Int = .max, log: Logger
    ) throws {
        try self.init(variable, in: environment, log: log) { text in
            let ring = try KeyRing(json: text)
            guard ring.versions.count <= mostVersions else {
                throw ServiceEnvironment.Mistake("\(variable) has more than \(mostVersions) versions")
            }
            return ring
        }
    }
}
