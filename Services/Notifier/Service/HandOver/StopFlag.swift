import Synchronization

/// Raised once, when the process shuts down.
final class StopFlag: Sendable {
    /// Longest delay between the flag's raising and the end of a pause.
    private static let step = Duration.milliseconds(100)

    private let flag = Atomic(false)

    var isRaised: Bool { flag.load(ordering: .acquiring) }

    func raise() { flag.store(true, ordering: .releasing) }

    /// Waits, but ends early once the flag is raised or the task is cancelled.
    func pause(_ duration: Duration) async {
        let end = ContinuousClock.now + duration
        while !isRaised, !Task.isCancelled, ContinuousClock.now < end {
            try? await Task.sleep(for: min(Self.step, duration))
        }
    }
}
