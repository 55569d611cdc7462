public import Messaging
public import ServiceLifecycle

extension Periodic: Service {
    /// Works until the process shuts down.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await repeatUntilCancelled() }
    }
}
