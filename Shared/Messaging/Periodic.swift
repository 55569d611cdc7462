package import Logging

/// Repeats work such as deleting old rows. If a turn fails, the error is logged and the next turn retries.
package struct Periodic: Sendable {
    private let interval: Duration
    private let delay: Duration
    private let failure: Logger.Message
    private let log: Logger
    private let turn: @Sendable () async throws -> Void

    /// Creates periodic work.
    ///
    /// - Parameters:
    ///   - interval: the pause between two turns.
    ///   - delay: the pause before the first turn.
    ///   - failure: the log message for a turn that failed.
    package init(
        every interval: Duration, after delay: Duration = .zero, failure: Logger.Message, log: Logger,
        _ turn: @escaping @Sendable () async throws -> Void
    ) {
        self.interval = interval
        self.delay = delay
        self.failure = failure
        self.log = log
        self.turn = turn
    }

    /// Runs until the task is cancelled.
    package func repeatUntilCancelled() async {
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
