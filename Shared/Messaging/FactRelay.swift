package import Logging
import Metrics
package import Models
package import RabbitMQ
import Synchronization

/// The interval between two log lines about facts that were passed over.
private let reportInterval = Duration.seconds(5)
private let firstPause = Duration.milliseconds(50)
private let longestPause = Duration.seconds(5)
private let interval = Duration.milliseconds(250)
/// A message for no queue. The broker confirms it as soon as it has routed all earlier messages of the connection.
private let marker = OutgoingMessage(exchange: "", routingKey: "", body: [], mandatory: false)
/// How long a replaced connection stays open for late confirms.
private let retirement = Duration.seconds(2)

/// Publishes the facts of an instance over a connection of its own (X5). A slow or full third-party queue then delays
/// no reply, order or acknowledgement.
///
/// A rejected fact is published again after newer ones; readers order by `sequence`. A fact that is rejected three
/// times, or not confirmed in 30 s, is passed over: the relay stops waiting for its confirm and sends it to the suite's
/// own services over `internal`, until that is confirmed. A third party's queue may miss it.
///
/// After a lost connection, the facts that it carried are published again. If the connection is lost again, they are
/// published in halves, until the fact is found over which the broker closes connections.
package final class FactRelay: Sendable {
    /// The types of facts that services of the suite consume.
    static let followed: Set<String> = ["optin.changed", "list.subscribed", "list.left"]

    private let service: SuiteService
    private let broker: BrokerAddress
    private let name: String
    private let followers: Publisher
    private let log: Logger
    private let state = Mutex(RelayedFacts())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let followerWakes: AsyncStream<Void>
    private let followerWake: AsyncStream<Void>.Continuation

    /// Creates a relay that connects when `run` is called.
    package init(_ broker: BrokerAddress, service: SuiteService, instance: InstanceName, log: Logger) {
        self.service = service
        self.broker = broker
        name = instance.connection("facts")
        followers = Publisher(broker, name: instance.connection("facts-to-the-suite"), log: log)
        self.log = log
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (followerWakes, followerWake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether the relay accepts more facts.
    var hasRoom: Bool { state.withLock { $0.hasRoom } }

    /// Takes the facts of a committed batch. If the relay has no room, they wait in the outbox.
    func take(_ rows: [OutboxRow], _ published: PublishedNumbers) {
        guard let first = rows.first else { return }
        guard published.firstWaitingFact == nil, hasRoom else { return published.letFactsWait(from: first.number) }
        add(rows, published)
    }

    /// Takes facts that waited in the outbox. `isLast`: no more facts wait there.
    func takeWaiting(_ rows: [OutboxRow], _ published: PublishedNumbers, isLast: Bool) {
        add(rows, published)
        published.factsWaitOnly(from: isLast ? nil : rows.last.map { $0.number + 1 })
    }

    private func add(_ rows: [OutboxRow], _ published: PublishedNumbers) {
        let now = ContinuousClock.now
        published.beginFacts(rows.count)
        let facts = rows.map { row in
            RelayedFact(
                row: row, settled: { isOut in if isOut { published.confirmFact(row.number) } }, takenAt: now,
                sentAt: now)
        }
        add(facts, at: now)
    }

    private func add(_ facts: [RelayedFact], at now: ContinuousClock.Instant) {
        let isOver = state.withLock { state in
            guard !state.isOver else { return true }
            state.waiting += facts
            state.bytes += facts.reduce(0) { $0 + $1.row.body.count }
            if now < state.troubledUntil { state.tellFollowers(olderThan: now) }
            return false
        }
        if isOver { facts.forEach { $0.settled(false) } } else { wake.yield() }
    }

    /// Publishes facts that are not stored in an outbox.
    ///
    /// Returns true when all are confirmed or passed over, or after `patience`; facts still unconfirmed then are lost
    /// if the process dies. Returns false if the relay or the task ends before.
    package func tell(_ events: [Event], patience: Duration = .milliseconds(100)) async -> Bool {
        let (outcomes, outcome) = AsyncStream.makeStream(of: Bool.self)
        let now = ContinuousClock.now
        let facts = events.map { event in
            let row = OutboxRow(
                number: 0, messageID: event.id, exchange: Exchange.facts.rawValue, routingKey: event.type,
                subject: event.subject, correlation: nil, traceparent: nil, isHeld: false, body: event.bytes)
            return RelayedFact(row: row, settled: { outcome.yield($0) }, takenAt: now, sentAt: now)
        }
        add(facts, at: now)
        let isTroubled = state.withLock { now < $0.troubledUntil }
        let timer = Task {
            try? await Task.sleep(for: isTroubled ? .zero : patience)
            outcome.finish()
        }
        defer { timer.cancel() }
        var left = events.count
        for await isOut in outcomes where left > 0 {
            guard isOut else { return false }
            left -= 1
            if left == 0 { return true }
        }
        return !Task.isCancelled
    }

    /// Publishes until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.serveFollowers() }
            group.addTask { await self.serve() }
            group.addTask { await self.watch() }
        }
        await followers.close()
        let left = state.withLock { state in
            state.isOver = true
            return state.waiting + state.underWay.values + state.suspects.flatMap(\.self)
        }
        for fact in left { fact.settled(false) }
    }

    private func serve() async {
        var pause = firstPause
        while !Task.isCancelled {
            do {
                let connection = try await Connection.open(
                    broker, name: name, window: UInt64(RelayedFacts.window + 2 * RelayedFacts.mostStuck))
                pause = firstPause
                if await serve(by: connection) {
                    retire(connection)
                    continue
                }
                await connection.close()
            } catch {
                log.warning(
                    "the connection for facts failed; opening another in 5 s at most", metadata: ["error": "\(error)"])
            }
            guard !Task.isCancelled else { return }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, longestPause)
        }
    }

    /// Replaces a connection with many unconfirmed facts. It stays open for a while, because the broker may still
    /// confirm some of them.
    private func retire(_ connection: Connection) {
        let ids = state.withLock { $0.changeConnection() }
        Task {
            try? await Task.sleep(for: retirement)
            let passedOver = state.withLock { $0.passOver(ids) }
            report(passedOver)
            followerWake.yield()
            await connection.close()
        }
    }

    /// Publishes over `connection`. Returns false if it is lost or the task is cancelled, true if it must be replaced
    /// because too many facts are unconfirmed or the broker has stopped reading it.
    private func serve(by connection: Connection) async -> Bool {
        let passedOver = state.withLock { state in
            defer { state.isLost = false }
            state.connection = connection
            return state.isLost ? state.takeBack() : 0
        }
        report(passedOver)
        wake.yield()
        for await _ in wakes {
            while let next = state.withLock({ $0.next() }) {
                let messages = next.map { $0.fact.row.outgoing(from: service) }
                guard messages.allSatisfy(\.isPublishable) else {
                    let passedOver = next.filter { !$0.fact.row.outgoing(from: service).isPublishable }
                    state.withLock { state in
                        for (id, _) in passedOver { state.passOver(id) }
                        state.sendAgain(next.map(\.id))
                    }
                    report(passedOver.count)
                    continue
                }
                for start in stride(from: 0, to: next.count, by: RelayedFacts.chunk) {
                    let end = min(start + RelayedFacts.chunk, next.count)
                    connection.post(Array(messages[start..<end])) { self.settle(next[start..<end].map(\.id), $0) }
                }
                mark(connection)
            }
            mark(connection)
            if Task.isCancelled { return false }
            if !connection.isOpen { state.withLock { $0.isLost = true } }
            let (isLost, isFull) = state.withLock {
                ($0.isLost, $0.stuck.count > RelayedFacts.mostStuck || $0.isStalled(at: .now))
            }
            if isLost { return false }
            if isFull { return true }
        }
        return false
    }

    private func mark(_ connection: Connection) {
        guard let id = state.withLock({ $0.mark(at: .now) }) else { return }
        connection.post([marker]) { result in
            guard case .success = result else { return }
            self.state.withLock { $0.routed(through: id) }
            self.wake.yield()
        }
    }

    private func settle(_ ids: [Int], _ result: Result<[PublishOutcome], BrokerError>) {
        let passedOver = state.withLock { state -> Int in
            switch result {
            case .success(let outcomes):
                return zip(ids, outcomes).count { state.settle($0, isTaken: $1 != .rejected) == .passedOver }
            case .failure:
                // If a replaced connection fails, its facts are passed over by `retire`.
                if ids.contains(where: { $0 > state.lastIDBefore }) { state.isLost = true }
                return 0
            }
        }
        report(passedOver)
        wake.yield()
        followerWake.yield()
    }

    private func report(_ passedOver: Int) {
        if passedOver > 0 { Counter(label: "assent_facts_passed_over_total").increment(by: passedOver) }
        let unreported = state.withLock { state -> Int in
            state.unreported += passedOver
            guard state.unreported > 0, .now - state.reportedAt > reportInterval else { return 0 }
            state.reportedAt = .now
            defer { state.unreported = 0 }
            return state.unreported
        }
        guard unreported > 0 else { return }
        log.warning(
            "facts were passed over, third parties may miss them: a queue rejects them or does not confirm",
            metadata: ["count": "\(unreported)"])
    }

    /// Passes over the facts that were not confirmed in time, at regular intervals.
    private func watch() async {
        while !Task.isCancelled {
            let passedOver = state.withLock { $0.passOverLate(at: .now, $0.reach) }
            report(passedOver)
            if passedOver > 0 || state.withLock({ !$0.forFollowers.isEmpty }) { followerWake.yield() }
            wake.yield()
            try? await Task.sleep(for: interval)
        }
        wake.finish()
        followerWake.finish()
    }

    /// Sends late facts to the suite's own services over `internal` until they are confirmed.
    private func serveFollowers() async {
        for await _ in followerWakes {
            while case let facts = state.withLock({ $0.takeForFollowers() }), !facts.isEmpty {
                let messages = facts.map { fact in
                    var message = fact.row.outgoing(from: service)
                    message.exchange = Exchange.internal.rawValue
                    return message
                }
                do { try await followers.publish(messages) } catch { return }
                for fact in facts where fact.isPassedOver { fact.settled(true) }
            }
        }
    }
}
