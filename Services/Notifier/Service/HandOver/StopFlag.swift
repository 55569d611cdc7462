import Synchronization

/// Raised once, when the process drains.
final class StopFlag: Sendable {
    /// The longest that a pause outlasts the flag.
    private static let step = Duration.milliseconds(100)

    private let flag = Atomic(false)

    var isRaised: Bool { flag.load(ordering: .acquiring) }

    func raise() { flag.store(true, ordering: .releasing) }

    /// Waits, but not for long once the flag is raised or the task cancelled.
    func pause(_ duration: Duration) async {
        let end = ContinuousClock.now + duration
        while !isRaised, !Task.isCancelled, ContinuousClock.now < end {
            try? await Task.sleep(for: min(Self.step, duration))
        }
    }
}
