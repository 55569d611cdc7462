import FoundationEssentials
public import Logging
import Models
public import PostgreSQL
import Synchronization

/// Between two signs of life.
private let interval = Duration.seconds(2)
/// Signs of life after a change of the living at which what belongs to others is left.
private let leavingBeats: Set = [1, 3, 6]

/// Who lives, and who of them works on which partition: the living, sorted, share the partitions by number.
///
/// The broker leaves all partitions with whoever came first; an instance that holds another's leaves it and lines up
/// anew behind the owner.
public final class Instances: Sendable {
    /// Age at which a sign of life counts no more, by the database's clock, which all share: three missed.
    static let staleAfterSeconds = 6

    private struct State {
        /// Who lived at the last sign of life, in their order.
        var living: [UUID] = []
        /// Signs of life since the living last changed.
        var quietBeats = 0
        /// Partitions that brought deliveries since they were subscribed to.
        var active: Set<Int> = []
        /// Partitions subscribed to since the living last changed: whoever came since is behind this instance there.
        var current: Set<Int> = []
        var waiting: [Int: Signal] = [:]
    }

    private let name: InstanceName
    private let pool: Pool
    private let log: Logger
    private let state = Mutex(State())

    /// Signs of life go through `pool`.
    public init(_ name: InstanceName, pool: Pool, log: Logger) {
        self.name = name
        self.pool = pool
        self.log = log
    }

    /// Gives signs of life until the task is cancelled, then takes this instance off the list.
    public func run() async {
        await Periodic(
            every: interval, failure: "writing that this instance lives failed; trying in two seconds", log: log
        ) { try await self.beat() }.repeatUntilCancelled()
        await Task { try? await self.leave() }.value
    }

    /// Whether the partition is this instance's share.
    func owns(_ partition: Int) -> Bool {
        state.withLock { state in
            state.living.firstIndex(of: name.id).map { partition % state.living.count == $0 } ?? false
        }
    }

    /// A partition brings deliveries to this instance.
    func noteActive(_ partition: Int) { state.withLock { _ = $0.active.insert(partition) } }

    /// Returns when this instance holds a partition that belongs to another, or the task is cancelled.
    func waitUntilAnotherOwns(_ partition: Int) async {
        let signal = Signal()
        state.withLock { state in
            state.active.remove(partition)
            state.current.insert(partition)
            state.waiting[partition] = signal
        }
        await signal.wait()
    }

    private func beat() async throws {
        let rows = try await pool.run([
            Statement(
                """
                INSERT INTO instance (id, version, seen_at) VALUES ($1, $2, now())
                ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
                """, [.uuid(name.id), .text(name.version)]),
            Statement("DELETE FROM instance WHERE seen_at < now() - interval '1 hour'"),
            Statement(
                "SELECT id FROM instance WHERE seen_at > now() - interval '\(Self.staleAfterSeconds) s' ORDER BY id"),
        ])[2]
        var living: [UUID] = []
        for row in rows { living.append(try row.uuid(0)) }
        guard let index = living.firstIndex(of: name.id) else { return }
        let toLeave = state.withLock { state -> [Signal] in
            guard state.living == living else {
                // Newcomers line up first, until the next sign of life.
                state.living = living
                state.current = []
                state.quietBeats = 0
                return []
            }
            // An owner that was just reconnecting when its partition was left comes behind this instance again: so what
            // belongs to others is left a few times over.
            state.quietBeats += 1
            if leavingBeats.contains(state.quietBeats) { state.current = [] }
            let mayHold = state.active.union(Set(state.waiting.keys).subtracting(state.current))
            return mayHold.filter { $0 % living.count != index }.compactMap { state.waiting[$0] }
        }
        for signal in toLeave { signal.fire() }
    }

    private func leave() async throws {
        _ = try await pool.run([Statement("DELETE FROM instance WHERE id = $1", [.uuid(name.id)])])
    }
}
