import AsyncAlgorithms
import Logging
import Models
import RabbitMQ

/// Publishes a partition's departures in order, then acknowledges its deliveries.
struct OutboxRelay<Store: AggregateStore>: Sendable {
    let runtime: Runtime<Store>
    let published: PublishedNumbers

    /// Returns when `committed` has ended and all held replies are published.
    func run(
        _ committed: AsyncChannel<Committed>, acknowledge: @escaping @Sendable (UInt64) -> Void
    ) async throws {
        defer { published.end() }
        // A discarding task group keeps no results of the held replies, of which there are many while the partition is
        // served.
        try await withThrowingDiscardingTaskGroup { held in
            for await batch in committed {
                try await publish(batch)
                if batch.acknowledges != nil { CrashPoint.reach(.afterPublish) }
                if let tag = batch.acknowledges { acknowledge(tag) }
                for case .row(let row) in batch.departures where row.isHeld {
                    held.addTask { try await release(row, seenAt: batch.seenAt) }
                }
            }
        }
    }

    private func publish(_ batch: Committed) async throws {
        let computed = await compute(batch.departures)
        var orders: [OutgoingMessage] = []
        var replies: [OutgoingMessage] = []
        var numbers: [Int64] = []
        for (index, departure) in batch.departures.enumerated() {
            switch departure {
            // `FactRelay` publishes the facts; acknowledgements do not wait for them.
            case .row(let row) where row.isHeld || row.isFact: continue
            case .row(let row):
                numbers.append(row.number)
                let message = row.outgoing(from: runtime.service)
                if row.exchange.isEmpty { replies.append(message) } else { orders.append(message) }
            case .direct(let message): replies.append(message)
            // The reply may contradict a later withdrawal, so it must not leave after that withdrawal's
            // acknowledgement.
            case .computed(_, let expires, _):
                guard var message = computed[index] else { continue }
                if expires { message.expiresAt = batch.committingAt + Lease.duration }
                replies.append(message)
            }
        }
        async let areRepliesOut: Void = runtime.replies.publish(replies)
        if !orders.isEmpty { try await runtime.publisher.publish(orders) }
        try await areRepliesOut
        published.confirm(numbers)
    }

    /// Computes the replies that are not stored, concurrently.
    private func compute(_ departures: [Departure]) async -> [Int: OutgoingMessage] {
        await withTaskGroup(of: (Int, OutgoingMessage).self) { group in
            for case (let index, .computed(let target, _, let make)) in departures.enumerated() {
                group.addTask { (index, await reply(to: target, make)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private func reply(
        to target: ReplyTarget, _ make: @Sendable () async throws -> JSON
    ) async -> OutgoingMessage {
        let data: JSON
        do {
            data = okData(try await make())
        } catch let refusal as Refusal {
            data = errorData(refusal)
        } catch {
            runtime.log.error(
                "computing a reply failed; replying unavailable",
                metadata: ["type": "\(target.type)", "error": "\(error)"])
            data = errorData(Refusal(.unavailable, "the answer could not be made; ask again"))
        }
        return replyMessage(to: target, data, from: runtime.service, id: newID(at: .now), at: .now)
    }

    private func release(_ row: OutboxRow, seenAt: ContinuousClock.Instant) async throws {
        try await Task.sleep(until: seenAt + Lease.runOut, clock: .continuous)
        try await runtime.replies.publish([row.outgoing(from: runtime.service)])
        published.confirm([row.number])
    }
}
