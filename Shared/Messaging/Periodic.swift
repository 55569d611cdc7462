public import Logging

/// Work that is done again and again, such as deleting old rows. A turn that fails is logged, and the next turn does
/// the work.
public struct Periodic: Sendable {
    private let interval: Duration
    private let delay: Duration
    private let failure: Logger.Message
    private let log: Logger
    private let turn: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - interval: between two turns.
    ///   - delay: before the first one.
    ///   - failure: what the log says when a turn failed.
    public init(
        every interval: Duration, after delay: Duration = .zero, failure: Logger.Message, log: Logger,
        _ turn: @escaping @Sendable () async throws -> Void
    ) {
        self.interval = interval
        self.delay = delay
        self.failure = failure
        self.log = log
        self.turn = turn
    }

    /// Works until the task is cancelled.
    public func repeatUntilCancelled() async {
        if delay > .zero { try? await Task.sleep(for: delay) }
        while !Task.isCancelled {
            do {
                try await turn()
            } catch {
                if Task.isCancelled { return }
                log.warning(failure, metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: interval)
        }
    }
}
