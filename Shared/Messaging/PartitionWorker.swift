import AsyncAlgorithms
import Logging
import Metrics
import Models
import PostgreSQL
import RabbitMQ

/// Unacknowledged deliveries a consumer may hold; never changes, so that a crash cannot reorder
/// (architecture.md, "RabbitMQ").
private let prefetch: UInt16 = 300
/// Messages of one transaction at most: what a consumer may hold.
public let largestBatch = Int(prefetch)
/// Messages that are soon done.
private let fewMessages = 16
/// Between two looks at what was left in the outbox.
private let tickInterval = Duration.seconds(1)

/// Works on one partition as long as the process lives: consumes, decides, commits, publishes, acknowledges
/// (architecture.md, "The way of a message").
struct PartitionWorker<Store: AggregateStore>: Sendable {
    let number: Int
    let runtime: Runtime<Store>
    let instances: Instances
    let topology: Topology
    /// Fired when the process drains.
    let stop: Signal

    /// Works until `stop` is fired and what was begun is finished.
    func run() async {
        await holdSessions(until: stop) {
            try await session()
        } onError: { error in
            runtime.log.warning(
                "a partition's session ended", metadata: ["partition": "\(number)", "error": "\(error)"])
        }
    }

    /// One connection's life. Ends without an error when the process drains or the partition is left to another.
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
        // Closed without basic.cancel: what is unacknowledged goes back in its order, then the next consumer is served.
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

    /// Reads deliveries and ticks until the process drains or the partition belongs to another.
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

    /// Reads when the batch before is committed and handed over, so that a batch is all that arrived meanwhile.
    private func read(
        _ connection: RabbitMQ.Connection, each turns: AsyncStream<Void>, into arrived: AsyncChannel<Work>
    ) async throws {
        var permit: FairSemaphore.Permit?
        defer { permit?.release() }
        for await _ in turns {
            permit?.release()
            permit = nil
            var deliveries = try await connection.deliveries(atMost: runtime.batchMessages)
            // A few wait for nobody: somebody may wait for them.
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

/// What reaches the transactor.
enum Work: Sendable {
    case deliveries([Delivery])
    case tick
}

/// What leaves after a commit, and the delivery that may be acknowledged when it has.
struct Committed: Sendable {
    let departures: [Departure]
    /// When the commit was sent, on the same clock: a reply that is computed leaves within a lease, or not at all (X3).
    let committingAt: ContinuousClock.Instant
    /// When the commit was seen, on a clock that counts suspension.
    let seenAt: ContinuousClock.Instant
    /// Nil: nothing to acknowledge.
    let acknowledges: UInt64?
}
