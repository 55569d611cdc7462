import FoundationEssentials
import Models
import Synchronization

/// Until when the replies of jobs that acknowledge withdrawals are held, by this process's clock (X3).
///
/// The hold begins when a commit of this process's own has returned that began after it saw the job done, so that the
/// database it saw it in is still the primary (Tests/Models/leases.pml). Another process that finds the job counts
/// anew.
final class JobHolds: Sendable {
    private let ends = Mutex<[UUID: ContinuousClock.Instant]>([:])

    /// Jobs whose time is over.
    func due(at now: ContinuousClock.Instant) -> [UUID] {
        ends.withLock { ends in ends.filter { $0.value <= now }.map(\.key) }
    }

    /// The jobs of `held`, which are all that wait now, whose hold has not begun. Forgets those that wait no more.
    func unproven(among held: [UUID], answered: [UUID]) -> [UUID] {
        ends.withLock { ends in
            let waiting = Set(held).subtracting(answered)
            // A repetition of a request that was just answered has a hold of its own.
            ends = ends.filter { waiting.contains($0.key) }
            return waiting.filter { ends[$0] == nil }
        }
    }

    /// A commit that began after these were seen has returned at `now`.
    func begin(_ jobs: [UUID], at now: ContinuousClock.Instant) {
        ends.withLock { ends in
            for job in jobs { ends[job] = now + Lease.runOut }
        }
    }
}
