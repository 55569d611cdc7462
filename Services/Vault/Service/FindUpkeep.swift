import Logging
import Messaging
import ServiceLifecycle

/// Between two looks for something to do, and between two pieces of work, which leave the vault most of its time.
private let interval = Duration.seconds(5)
private let pause = Duration.milliseconds(20)

/// Keeps what contacts are found by in step with what is stored and shown (V5).
struct FindUpkeep: Service {
    let passes: FindPasses
    let log: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                var hasMore = false
                do {
                    hasMore = try await step()
                } catch {
                    log.warning("what contacts are found by waits to be renewed", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: hasMore ? pause : interval)
            }
        }
    }

    private func step() async throws -> Bool {
        switch try await passes.step(at: .now) {
        case .nothing: return try await passes.review(at: .now)
        case .page: return true
        case .end:
            log.info("every contact can be found by what the configuration shows")
            return true
        }
    }
}
