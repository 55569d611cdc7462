public import Messaging
public import ServiceLifecycle

extension Periodic: Service {
    /// Works until the process is told to end.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await repeatUntilCancelled() }
    }
}
