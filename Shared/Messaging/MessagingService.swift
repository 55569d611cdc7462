import Foundation
import Logging
import Models
package import PostgreSQL
import RabbitMQ

/// Back-off between attempts to reach the broker and the database at start: first and longest pause.
private let firstPause = Duration.milliseconds(50)
private let longestPause = Duration.seconds(2)
/// Jobs whose steps one instance runs at the same time.
private let jobRunners = 2

/// Runs one service's messaging: its partitions, its queries, its heartbeat and its background work.
package final class MessagingService<Store: AggregateStore>: Sendable {
    private let runtime: Runtime<Store>
    private let queries: QueryRegistry<Store.State.Environment>
    private let topology: Topology
    private let pool: Pool
    private let asker: Asker
    private let stop = Signal()
    private let ready = Signal()

    /// Creates a service that does not run yet. `pool` is used by background work such as jobs, dead letters and
    /// recovery.
    package init(_ runtime: Runtime<Store>, queries: QueryRegistry<Store.State.Environment>, pool: Pool, asker: Asker) {
        self.runtime = runtime
        self.asker = asker
        var queries = queries
        queries.addLetterQueries()
        self.queries = queries
        self.pool = pool
        topology = Topology(
            service: runtime.service, partitions: runtime.partitions,
            ordered: runtime.registry.types + [(.internal, type: LetterDesk.redriveType(of: runtime.service))],
            queried: queries.types)
    }

    /// Whether the topology is declared and the workers run.
    package var isReady: Bool { ready.isFired && !stop.isFired }

    /// Stops consuming deliveries. `run` returns when the deliveries in progress are finished.
    package func drain() { stop.fire() }

    /// Runs until `drain` is called.
    ///
    /// - Throws: if the database or the broker was set up for another number of partitions.
    package func run() async throws {
        try await untilItWorks { try await self.prepare() }
        guard !stop.isFired else { return }
        // The heartbeat has its own connection, so that it does not wait behind queries.
        let signs = Pool(runtime.database, name: runtime.instance.connection("signs-of-life"), size: 1)
        let instances = Instances(runtime.instance, pool: signs, log: runtime.log)
        let companions = companions(instances, LetterKeeper(runtime, pool: pool))
        await withTaskGroup(of: Void.self) { group in
            for work in companions {
                group.addTask {
                    await race {
                        await work()
                    } _: {
                        await self.stop.wait()
                    }
                }
            }
            // The fact relay runs until all partitions have ended, because they may pass facts to it until then.
            let areDone = Signal()
            group.addTask {
                await withTaskGroup(of: Void.self) { workers in
                    for partition in 0..<self.runtime.partitions {
                        let worker = PartitionWorker(
                            number: partition, runtime: self.runtime, instances: instances, topology: self.topology,
                            stop: self.stop)
                        workers.addTask { await worker.run() }
                    }
                }
                areDone.fire()
            }
            group.addTask {
                await race {
                    await self.runtime.facts.run()
                } _: {
                    await areDone.wait()
                }
            }
            // A reply is awaited, while the partitions' batches can keep all threads of their priority busy for long.
            // Each priority has threads of its own, so queries use other priorities.
            group.addTask(priority: .high) { await self.answer(.inside, from: .internal) }
            group.addTask(priority: .low) { await self.answer(.outside, from: .requests) }
            ready.fire()
        }
        await signs.close()
        await runtime.publisher.close()
        await runtime.replies.close()
    }

    /// Answers the questions of one exchange until the process drains.
    private func answer(_ lane: QueryLane, from exchange: Exchange) async {
        guard queries.types.contains(where: { $0.0 == exchange }) else { return }
        // A publisher of its own, so that answers do not wait behind batches or behind the other lane.
        let answers = Publisher(
            runtime.broker, name: runtime.instance.connection(lane.name + "-answers"), log: runtime.log)
        let reads = Pool(runtime.database, name: runtime.instance.connection(lane.name), size: lane.connections)
        let worker = QueryWorker(
            runtime: runtime, queries: queries, lane: lane, queue: topology.queryQueue(exchange), pool: reads,
            answers: answers, letters: LetterKeeper(runtime, pool: pool),
            desk: LetterDesk(service: runtime.service, seal: runtime.letterSeal, asker: asker, log: runtime.log),
            stop: stop)
        await worker.run()
        await answers.close()
        await reads.close()
    }

    private func prepare() async throws {
        let connection = try await RabbitMQ.Connection.open(
            runtime.broker, name: runtime.instance.connection("topology"))
        do {
            try await requireNoMoreQueues(connection)
            try await agreeOnPartitions()
            try await connection.declare(topology.declarations)
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
        try await runtime.publisher.connect()
        try await recovery.beginIfNeeded()
    }

    private var recovery: Recovery<Store> {
        Recovery(runtime: runtime, recalls: runtime.recalls, pool: pool, asker: asker)
    }

    /// The background work that runs besides the partitions until the process drains.
    private func companions(_ instances: Instances, _ letters: LetterKeeper) -> [@Sendable () async -> Void] {
        let repeats = OrderRepeats(
            service: runtime.service, pool: pool, publisher: runtime.publisher, log: runtime.log)
        let housekeeping = Housekeeping(pool: pool, letters: letters, log: runtime.log)
        let recovery = recovery
        // Several runners, so that a job with a long step does not delay the others.
        let jobs = (0..<jobRunners).map { _ in
            JobRunner(
                table: JobTable(
                    pool: pool, service: runtime.service, claimer: newID(at: .now), publisher: runtime.publisher,
                    replies: runtime.replies), work: runtime.jobs, log: runtime.log)
        }
        var companions: [@Sendable () async -> Void] = [
            { await instances.run() }, { await housekeeping.run() }, { await recovery.run() }, { await repeats.run() },
        ]
        for job in jobs { companions.append { await job.run() } }
        for (queue, refusal) in deadQueues { companions.append { await self.takeUp(queue, refusal, letters) } }
        return companions
    }

    /// The queues of messages that the broker gave up or could not route, with the refusal for their letters.
    private var deadQueues: [(queue: String, refusal: Refusal)] {
        let given = (topology.dead, Refusal(.failed, "the broker gave the message up after many deliveries"))
        let unrouted = (LetterKeeper.unrouted, Refusal(.malformed, "no service takes this type", at: "/type"))
        return runtime.service == .consent ? [given, unrouted] : [given]
    }

    private func takeUp(_ queue: String, _ refusal: Refusal, _ letters: LetterKeeper) async {
        await holdSessions(until: stop) { [runtime] in
            let connection = try await RabbitMQ.Connection.open(
                runtime.broker, name: runtime.instance.connection(queue))
            do {
                try await letters.takeUp(queue, from: connection, refusal)
            } catch {
                await connection.close()
                throw error
            }
            await connection.close()
        } onError: { [runtime] error in
            runtime.log.warning(
                "the consumer of a dead-letter queue failed; opening another in 5 s at most",
                metadata: ["queue": "\(queue)", "error": "\(error)"])
        }
    }

    /// Fails if the broker has a queue for a partition above the configured number.
    ///
    /// Such a queue would get its share of the messages, but no instance would consume it. A service may not list the
    /// broker's bindings; queues are numbered without gaps, so it is enough to ask for the next queue. Called before
    /// anything is written.
    private func requireNoMoreQueues(_ connection: RabbitMQ.Connection) async throws {
        let next = topology.queue(runtime.partitions)
        if try await connection.hasQueue(next) {
            throw QueueMismatch(queue: next, input: topology.input, configured: runtime.partitions)
        }
    }

    /// Stores the number of partitions at the first start and fails if another one is configured. With another number,
    /// a contact's messages would go to another partition and lose their order.
    private func agreeOnPartitions() async throws {
        let count = Int32(runtime.partitions)
        let stored = try await pool.run([
            Statement(
                """
                INSERT INTO partition (number, next_number) SELECT n, n FROM generate_series(0, $1::integer - 1) AS n
                WHERE NOT EXISTS (SELECT FROM partition) ON CONFLICT DO NOTHING
                """, [.int4(count)]),
            Statement("SELECT count(*) FROM partition"),
        ])[1][0].int64(0)
        guard stored == Int64(count) else {
            throw PartitionMismatch(stored: Int(stored), configured: runtime.partitions)
        }
    }

    private func untilItWorks(_ body: () async throws -> Void) async throws {
        var pause = firstPause
        while !stop.isFired {
            do {
                return try await body()
            } catch let error as PartitionMismatch {
                throw error
            } catch let error as QueueMismatch {
                throw error
            } catch {
                runtime.log.warning(
                    "preparing the broker and the database failed; retrying in 2 s at most",
                    metadata: ["error": "\(error)"])
                let wait = pause
                await race {
                    await self.stop.wait()
                } _: {
                    try? await Task.sleep(for: wait)
                }
                pause = min(pause * 2, longestPause)
            }
        }
    }
}

/// The database was set up for another number of partitions.
package struct PartitionMismatch: Error, CustomStringConvertible {
    let stored: Int
    let configured: Int
    package var description: String {
        "the database was made for \(stored) partitions and \(configured) are configured; changing it is an offline step"
    }
}

/// The broker has queues for more partitions than are configured.
package struct QueueMismatch: Error, CustomStringConvertible {
    let queue: String
    let input: String
    let configured: Int
    package var description: String {
        """
        PARTITIONS is \(configured), but the broker has the queue \(queue), whose messages nobody would read: \
        set PARTITIONS to the number of queues that are bound to the exchange \(input), or delete those from \
        \(queue) on once they are empty
        """
    }
}

/// The migrations that every service's database starts with.
package enum MessagingMigrations {
    /// The migrations in order.
    package static let all = [
        Migration(1, "messaging", PackageResources._01_messaging_sql),
        Migration(2, "jobs", PackageResources._02_jobs_sql),
        Migration(3, "dead-letters", PackageResources._03_dead_letters_sql),
        Migration(4, "orders", PackageResources._04_orders_sql),
    ]
}
