public import Cryptography
public import Logging
import Synchronization

/// The keys of a file such as `LINK_KEY_FILE`, read again when it changes. A new file that does not serve changes
/// nothing and is logged. Any thread may ask.
public final class KeyRingFile: Sendable {
    private let file: WatchedFile?
    private let variable: String
    private let mostVersions: Int
    private let log: Logger?
    private let held: Mutex<KeyRing>

    /// Keys of no file, which stay.
    public init(_ ring: KeyRing) {
        file = nil
        variable = ""
        mostVersions = .max
        log = nil
        held = Mutex(ring)
    }

    /// Reads the file that the variable names; one with more versions does not serve.
    public init(
        _ variable: String, in environment: ServiceEnvironment, mostVersions: Int = .max, log: Logger
    ) throws {
        let file = try environment.watched(variable)
        self.file = file
        self.variable = variable
        self.mostVersions = mostVersions
        self.log = log
        held = Mutex(try Self.ring(in: file, variable, mostVersions))
    }

    /// The keys as the file has them, a second later at most.
    public var ring: KeyRing {
        if let file, file.hasChanged() { readAgain(file) }
        return held.withLock { $0 }
    }

    private static func ring(in file: WatchedFile, _ variable: String, _ mostVersions: Int) throws -> KeyRing {
        let ring = try KeyRing(json: try file.read())
        guard ring.versions.count <= mostVersions else {
            throw ServiceEnvironment.Mistake("\(variable) has more than \(mostVersions) versions")
        }
        return ring
    }

    private func readAgain(_ file: WatchedFile) {
        do {
            let ring = try Self.ring(in: file, variable, mostVersions)
            held.withLock { $0 = ring }
            log?.info(
                "a key file was read again",
                metadata: ["file": "\(variable)", "versions": "\(ring.versions)"])
        } catch {
            log?.warning(
                "a key file that changed does not serve; the keys that it had before stay in use",
                metadata: ["file": "\(variable)", "error": "\(error)"])
        }
    }
}
