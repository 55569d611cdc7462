public import Cryptography
public import Logging
import Synchronization

/// A file such as `LINK_KEY_FILE`.
public typealias KeyRingFile = KeysFile<KeyRing>

/// The keys of a file, which is read again when it changes. A new file that cannot be used changes nothing and is
/// logged. Any thread may ask.
public final class KeysFile<Ring: Sendable>: Sendable {
    private struct Source: Sendable {
        let file: WatchedFile
        let variable: String
        let parse: @Sendable (String) throws -> Ring
        let log: Logger
    }

    private let source: Source?
    private let held: Mutex<Ring>

    /// Keys of no file, which stay.
    public init(_ ring: Ring) {
        source = nil
        held = Mutex(ring)
    }

    /// Reads the file that the variable names.
    ///
    /// - Parameter parse: the keys in the file's text; what it throws is a mistake in the file.
    public init(
        _ variable: String, in environment: ServiceEnvironment, log: Logger,
        parse: @escaping @Sendable (String) throws -> Ring
    ) throws {
        let source = Source(file: try environment.watched(variable), variable: variable, parse: parse, log: log)
        self.source = source
        held = Mutex(try parse(try source.file.read()))
    }

    /// The keys as the file has them, a second later at most.
    public var ring: Ring {
        if let source, source.file.hasChanged() { readAgain(source) }
        return held.withLock { $0 }
    }

    private func readAgain(_ source: Source) {
        do {
            let ring = try source.parse(try source.file.read())
            held.withLock { $0 = ring }
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
    public convenience init(
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
