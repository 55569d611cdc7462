package import Messaging
import ServiceLifecycle

extension Periodic: Service {
    /// Works until the process shuts down.
    package func run() async throws {
        await cancelWhenGracefulShutdown { await repeatUntilCancelled() }
    }
}
