import FoundationEssentials
import Models
import Synchronization

/// Holds back the replies of jobs that acknowledge withdrawals, by this process's clock (X3).
///
/// The hold of a job begins when this process has found the job done and then completed a commit. The commit proves
/// that the database in which it found the job is still the primary (Tests/Models/leases.pml). Each process has its own
/// hold for a job.
final class JobHolds: Sendable {
    private let ends = Mutex<[UUID: ContinuousClock.Instant]>([:])

    /// The jobs whose hold is over.
    func due(at now: ContinuousClock.Instant) -> [UUID] {
        ends.withLock { ends in ends.filter { $0.value <= now }.map(\.key) }
    }

    /// Returns the jobs of `held` whose hold has not begun, and forgets jobs that no longer wait. `held`: all jobs with
    /// a reply to hold back.
    func unproven(among held: [UUID], answered: [UUID]) -> [UUID] {
        ends.withLock { ends in
            let waiting = Set(held).subtracting(answered)
            // A repetition of a request that was just answered starts a new hold.
            ends = ends.filter { waiting.contains($0.key) }
            return waiting.filter { ends[$0] == nil }
        }
    }

    /// Begins the holds of `jobs`: a commit that began after the jobs were found has returned at `now`.
    func begin(_ jobs: [UUID], at now: ContinuousClock.Instant) {
        ends.withLock { ends in
            for job in jobs { ends[job] = now + Lease.runOut }
        }
    }
}
