import FoundationEssentials
package import Logging
import Models
package import PostgreSQL
import Synchronization

/// The interval between two heartbeats.
private let interval = Duration.seconds(2)
/// Heartbeats after a change of the live instances at which partitions of other instances are given up.
private let leavingBeats: Set = [1, 3, 6]

/// Registers this instance by heartbeats and assigns partitions: the live instances, sorted by id, share the partitions
/// by number.
///
/// The broker leaves all partitions with the first consumer. An instance that consumes another instance's partition
/// closes its connection and subscribes again, which puts it behind the owner.
package final class Instances: Sendable {
    /// Age at which a heartbeat expires: three intervals, by the database's clock, which all instances share.
    static let staleAfterSeconds = 6

    private struct State {
        /// The live instances at the last heartbeat, sorted by id.
        var living: [UUID] = []
        /// Heartbeats since the live instances last changed.
        var quietBeats = 0
        /// Partitions that delivered messages since this instance subscribed to them.
        var active: Set<Int> = []
        /// Partitions that this instance subscribed to since the live instances last changed. An instance that
        /// subscribed later is behind it in the queue of consumers.
        var current: Set<Int> = []
        var waiting: [Int: Signal] = [:]
    }

    private let name: InstanceName
    private let pool: Pool
    private let log: Logger
    private let state = Mutex(State())

    /// Creates the register; heartbeats use `pool`.
    package init(_ name: InstanceName, pool: Pool, log: Logger) {
        self.name = name
        self.pool = pool
        self.log = log
    }

    /// Sends heartbeats until the task is cancelled, then removes this instance's row.
    package func run() async {
        await Periodic(
            every: interval, failure: "writing the heartbeat failed; retrying in two seconds", log: log
        ) { try await self.beat() }.repeatUntilCancelled()
        await Task { try? await self.leave() }.value
    }

    /// Whether the partition is assigned to this instance.
    func owns(_ partition: Int) -> Bool {
        state.withLock { state in
            state.living.firstIndex(of: name.id).map { partition % state.living.count == $0 } ?? false
        }
    }

    /// Notes that the partition delivers messages to this instance.
    func noteActive(_ partition: Int) { state.withLock { _ = $0.active.insert(partition) } }

    /// Returns when this instance must give up the partition to its owner, or when the task is cancelled.
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
                // A new instance subscribes first; partitions are given up at a later heartbeat.
                state.living = living
                state.current = []
                state.quietBeats = 0
                return []
            }
            // An owner that was reconnecting when its partition was given up subscribes behind this instance again.
            // Partitions of other instances are therefore given up several times.
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
