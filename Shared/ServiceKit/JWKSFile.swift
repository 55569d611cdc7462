package import Logging
package import Messaging
package import Models
package import Settings
import Synchronization

/// Verifies users' tokens by the keys of `JWKS_FILE`, which is read again when it changes. A new file that cannot be
/// used is logged, and the keys loaded before stay.
package final class JWKSFile: TokenVerifier {
    private let file: WatchedFile
    private let settings: Settings
    private let log: Logger
    private let held: Mutex<JWTVerifier>

    /// Reads the file that `JWKS_FILE` names.
    package init(_ environment: ServiceEnvironment, settings: Settings, log: Logger) async throws {
        let file = try environment.watched("JWKS_FILE")
        self.file = file
        self.settings = settings
        self.log = log
        held = Mutex(try await JWTVerifier(jwks: try file.read(), settings: settings))
    }

    /// Verifies by the file's keys; a change takes effect within a second.
    package func verify(_ authorization: String, message: Message, now: Timestamp) async -> TokenVerdict {
        if file.hasChanged() { await readAgain() }
        return await held.withLock { $0 }.verify(authorization, message: message, now: now)
    }

    private func readAgain() async {
        do {
            let verifier = try await JWTVerifier(jwks: try file.read(), settings: settings)
            held.withLock { $0 = verifier }
            log.info("JWKS_FILE was read again")
        } catch {
            log.warning(
                "loading the changed JWKS_FILE failed; the keys loaded before stay in use",
                metadata: ["error": "\(error)"])
        }
    }
}
