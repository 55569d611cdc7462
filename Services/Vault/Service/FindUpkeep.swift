import Logging
import Messaging
import ServiceLifecycle

/// Time between two checks for work, and pause between two steps, which leaves the vault most of its capacity.
private let interval = Duration.seconds(5)
private let pause = Duration.milliseconds(20)
/// Time between two marks in both databases; well below the 10 minutes after which outdated postings are deleted.
private let markInterval = Duration.seconds(60)

/// Keeps the search index consistent with the stored values and the configuration (V5).
struct FindUpkeep: Service {
    let passes: FindReindexing
    let log: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var markedAt: ContinuousClock.Instant?
            while !Task.isCancelled {
                if markedAt.map({ .now - $0 >= markInterval }) ?? true, await attempt(mark) != nil { markedAt = .now }
                // Step and review run independently: a pass over all contacts may take hours, or fail.
                let page = await attempt(step)
                let review = await attempt { try await passes.review(at: .now) }
                let hasMore = page == true && review != nil || review == true && page != nil
                try? await Task.sleep(for: hasMore ? pause : interval)
            }
        }
    }

    private func mark() async throws {
        if try await FindMarks(data: passes.data, keys: passes.keys.pool).move() {
            log.warning("a database was restored from a backup; rebuilding the search index")
        }
    }

    private func step() async throws -> Bool {
        switch try await passes.step(at: .now) {
        case .nothing: return false
        case .page: return true
        case .end:
            log.info("building the search index finished; it covers every contact")
            return true
        }
    }

    /// Runs `body`; nil if it failed.
    private func attempt<Value>(_ body: () async throws -> Value) async -> Value? {
        do {
            return try await body()
        } catch {
            log.warning(
                "updating the search index failed; trying again within 5 s", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
