import AsyncAlgorithms
import Logging
import Metrics
import Models
import PostgreSQL
import RabbitMQ

/// Unacknowledged deliveries that a consumer may hold. It never changes, because a smaller value could reorder messages
/// after a crash (architecture.md, "RabbitMQ").
private let prefetch: UInt16 = 300
/// Messages of one transaction at most: the prefetch.
package let largestBatch = Int(prefetch)
/// A batch up to this size needs no permit of `largeBatches`.
private let fewMessages = 16
/// The interval between two checks of the outbox.
private let tickInterval = Duration.seconds(1)

/// Serves one partition until the process ends: consumes, decides, commits, publishes, acknowledges
/// (architecture.md, "The way of a message").
struct PartitionWorker<Store: AggregateStore>: Sendable {
    let number: Int
    let runtime: Runtime<Store>
    let instances: Instances
    let topology: Topology
    /// Fired when the process drains.
    let stop: Signal

    /// Runs until `stop` is fired and the deliveries in progress are finished.
    func run() async {
        await holdSessions(until: stop) {
            try await session()
        } onError: { error in
            runtime.log.warning(
                "a partition's session failed; opening another in 5 s at most",
                metadata: ["partition": "\(number)", "error": "\(error)"])
        }
    }

    /// Serves the partition over one connection. Returns without an error when the process drains or another instance
    /// owns the partition.
    private func session() async throws {
        let connection = try await RabbitMQ.Connection.open(
            runtime.broker, name: runtime.instance.connection("partition-\(number)"))
        do {
            try await connection.consume(
                queue: topology.queue(number), prefetch: prefetch, limits: .ofPartition(among: topology.partitions))
            try await work(connection)
        } catch {
            await connection.close()
            throw error
        }
        // Closed without basic.cancel: the broker requeues the unacknowledged deliveries in order before it serves the
        // next consumer.
        await connection.close()
    }

    private func work(_ connection: RabbitMQ.Connection) async throws {
        let arrived = AsyncChannel<Work>()
        let (turns, turn) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let committed = AsyncChannel<Committed>()
        let published = PublishedNumbers()
        let over = Signal()
        let transactor = Transactor(
            partition: number, runtime: runtime, instances: instances, published: published, turn: turn
        ) { connection.isOpen }
        let relay = OutboxRelay(runtime: runtime, published: published)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { arrived.finish() }
                try await takeUp(connection, each: turns, into: arrived, until: over)
            }
            group.addTask {
                defer {
                    committed.finish()
                    arrived.finish()
                    over.fire()
                }
                try await transactor.run(arrived, into: committed)
            }
            group.addTask {
                defer {
                    committed.finish()
                    over.fire()
                }
                try await relay.run(committed) { connection.acknowledge(through: $0) }
            }
            try await group.waitForAll()
        }
    }

    /// Reads deliveries and sends ticks. Ends when the process drains, the session ends, or another instance owns the
    /// partition.
    private func takeUp(
        _ connection: RabbitMQ.Connection, each turns: AsyncStream<Void>, into arrived: AsyncChannel<Work>,
        until over: Signal
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await read(connection, each: turns, into: arrived) }
            group.addTask {
                while !Task.isCancelled {
                    await arrived.send(.tick)
                    try? await Task.sleep(for: tickInterval)
                }
            }
            group.addTask { await stop.wait() }
            group.addTask { await over.wait() }
            group.addTask { await instances.waitUntilAnotherOwns(number) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Reads a batch each time the previous one is committed and passed on. A batch contains the deliveries that
    /// arrived meanwhile.
    private func read(
        _ connection: RabbitMQ.Connection, each turns: AsyncStream<Void>, into arrived: AsyncChannel<Work>
    ) async throws {
        var permit: FairSemaphore.Permit?
        defer { permit?.release() }
        for await _ in turns {
            permit?.release()
            permit = nil
            var deliveries = try await connection.deliveries(atMost: runtime.batchMessages)
            // A small batch waits for no permit, because an asker may wait for its reply.
            if deliveries.count > fewMessages {
                permit = await runtime.largeBatches.acquire()
                if Task.isCancelled { return }
                deliveries += connection.arrivedDeliveries(atMost: runtime.batchMessages - deliveries.count)
            }
            instances.noteActive(number)
            await arrived.send(.deliveries(deliveries))
        }
    }
}

/// An input of the transactor.
enum Work: Sendable {
    case deliveries([Delivery])
    case tick
}

/// The departures of a commit, and the delivery to acknowledge after they are published.
struct Committed: Sendable {
    let departures: [Departure]
    /// The time just before the COMMIT was sent. A computed reply leaves within a lease of it or is dropped (X3).
    let committingAt: ContinuousClock.Instant
    /// The time at which the commit was seen, by a clock that counts suspension. Held replies wait from this time.
    let seenAt: ContinuousClock.Instant
    /// The tag of the last delivery to acknowledge; nil if there is none.
    let acknowledges: UInt64?
}
