public import Logging
import Metrics
public import Models
public import RabbitMQ
import Synchronization

/// Facts that are published and not yet settled; a queue that never confirms keeps its share of them.
private let window = 4096
/// Facts of one call to the connection.
private let chunk = 128
/// Facts in memory: what comes beyond waits in the outbox.
private let mostFacts = 16_384
private let mostBytes = 16 * 1024 * 1024
/// Rejections of a fact, or connections lost over it, before it is passed over.
private let mostAttempts = 3
/// Without a confirm for so long a fact is passed over (contract section 4).
private let confirmPatience = Duration.seconds(30)
/// From then on the suite's own services get a fact over `internal` as well.
private let followerPatience = Duration.seconds(1)
/// How long after the last trouble facts go both ways.
private let troubleTime = Duration.seconds(60)
/// Facts passed over that a connection still carries before another takes its place.
private let mostStuck = 1024
/// Between two log lines about facts that were passed over.
private let reportInterval = Duration.seconds(5)
private let firstPause = Duration.milliseconds(50)
private let longestPause = Duration.seconds(5)
private let interval = Duration.milliseconds(250)

/// Publishes an instance's facts beside everything else: nothing waits for the queues that others have bound (X5).
///
/// A fact that is rejected goes again behind what left meanwhile, since readers go by `sequence`. One that is rejected
/// three times or not confirmed in 30 s is passed over: it goes to the suite's own services over `internal`, until that
/// is confirmed, and a third party's queue misses it.
public final class FactRelay: Sendable {
    /// Types that services of the suite follow.
    static let followed: Set<String> = ["optin.changed", "list.subscribed", "list.left"]

    fileprivate struct Fact: Sendable {
        let row: OutboxRow
        /// Called when the fact is confirmed or passed over; with false when the relay ends before.
        let settled: @Sendable (Bool) -> Void
        let takenAt: ContinuousClock.Instant
        var rejections = 0
        var losses = 0
        var isWithFollowers = false
    }

    fileprivate struct State {
        var waiting: [Fact] = []
        var underWay: [Int: Fact] = [:]
        var forFollowers: [Fact] = []
        var lastID = 0
        var bytes = 0
        /// Facts passed over that the connection has not settled.
        var stuck: Set<Int> = []
        var troubledUntil = ContinuousClock.now
        /// Facts passed over that the log does not tell yet.
        var unreported = 0
        var reportedAt = ContinuousClock.now - reportInterval
        var isLost = false
        /// Nothing is published any more.
        var isOver = false
    }

    private let service: SuiteService
    private let broker: BrokerAddress
    private let name: String
    private let followers: Publisher
    private let log: Logger
    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let followerWakes: AsyncStream<Void>
    private let followerWake: AsyncStream<Void>.Continuation

    /// A relay that connects when it runs.
    public init(_ broker: BrokerAddress, service: SuiteService, instance: InstanceName, log: Logger) {
        self.service = service
        self.broker = broker
        name = instance.connection("facts")
        followers = Publisher(broker, name: instance.connection("facts-to-the-suite"), log: log)
        self.log = log
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (followerWakes, followerWake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether more facts may be handed over.
    var hasRoom: Bool { state.withLock { $0.hasRoom } }

    /// Facts of a batch that was just committed. Where there is no room they wait in the outbox.
    func take(_ rows: [OutboxRow], _ published: PublishedNumbers) {
        guard let first = rows.first else { return }
        guard published.firstWaitingFact == nil, hasRoom else { return published.letFactsWait(from: first.number) }
        add(rows, published)
    }

    /// Facts that waited in the outbox. `isLast`: no more wait.
    func takeWaiting(_ rows: [OutboxRow], _ published: PublishedNumbers, isLast: Bool) {
        add(rows, published)
        published.factsWaitOnly(from: isLast ? nil : rows.last.map { $0.number + 1 })
    }

    private func add(_ rows: [OutboxRow], _ published: PublishedNumbers) {
        let now = ContinuousClock.now
        published.beginFacts(rows.count)
        let facts = rows.map { row in
            Fact(row: row, settled: { isOut in if isOut { published.confirmFact(row.number) } }, takenAt: now)
        }
        add(facts, at: now)
    }

    private func add(_ facts: [Fact], at now: ContinuousClock.Instant) {
        let isOver = state.withLock { state in
            guard !state.isOver else { return true }
            state.waiting += facts
            state.bytes += facts.reduce(0) { $0 + $1.row.body.count }
            if now < state.troubledUntil { state.tellFollowers(olderThan: now) }
            return false
        }
        if isOver { facts.forEach { $0.settled(false) } } else { wake.yield() }
    }

    /// Publishes facts that no outbox holds. Returns when each is confirmed or passed over; false: the process ends
    /// before.
    public func tell(_ events: [Event]) async -> Bool {
        let (outcomes, outcome) = AsyncStream.makeStream(of: Bool.self)
        let now = ContinuousClock.now
        let facts = events.map { event in
            let row = OutboxRow(
                number: 0, messageID: event.id, exchange: Exchange.facts.rawValue, routingKey: event.type,
                subject: event.subject, correlation: nil, traceparent: nil, isHeld: false, body: event.bytes)
            return Fact(row: row, settled: { outcome.yield($0) }, takenAt: now)
        }
        add(facts, at: now)
        var left = events.count
        while left > 0 {
            guard await outcomes.first(where: { _ in true }) == true else { return false }
            left -= 1
        }
        return true
    }

    /// Publishes until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.serveFollowers() }
            group.addTask { await self.serve() }
            group.addTask { await self.watch() }
        }
        await followers.close()
        let left = state.withLock { state in
            state.isOver = true
            return state.waiting + state.underWay.values
        }
        for fact in left { fact.settled(false) }
    }

    private func serve() async {
        var pause = firstPause
        while !Task.isCancelled {
            do {
                let connection = try await Connection.open(broker, name: name, window: UInt64(window))
                pause = firstPause
                await serve(by: connection)
                await connection.close()
            } catch {
                log.warning("the facts' connection failed; opening another", metadata: ["error": "\(error)"])
            }
            guard !Task.isCancelled else { return }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, longestPause)
        }
    }

    /// Until the connection is lost or carries too much that nobody confirms.
    private func serve(by connection: Connection) async {
        state.withLock { state in
            state.isLost = false
            state.takeBack()
        }
        wake.yield()
        for await _ in wakes {
            while let next = state.withLock({ $0.next() }) {
                let messages = next.map { $0.fact.row.outgoing(from: service) }
                connection.post(messages) { self.settle(next.map(\.id), $0) }
            }
            if Task.isCancelled || !connection.isOpen { return }
            if state.withLock({ $0.isLost || $0.stuck.count > mostStuck }) { return }
        }
    }

    private func settle(_ ids: [Int], _ result: Result<[PublishOutcome], BrokerError>) {
        let passedOver = state.withLock { state -> Int in
            switch result {
            case .success(let outcomes):
                return zip(ids, outcomes).count { state.settle($0, isTaken: $1 != .rejected) == .passedOver }
            case .failure(let error):
                state.isLost = true
                return ids.count { state.lose($0, isItsFault: error.kind == .invalidMessage) == .passedOver }
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
            "facts were passed over: a queue bound to the facts rejects them or does not confirm",
            metadata: ["count": "\(unreported)"])
    }

    /// Looks at what is not confirmed in time.
    private func watch() async {
        while !Task.isCancelled {
            let passedOver = state.withLock { $0.passOverLate(at: .now) }
            report(passedOver)
            if passedOver > 0 || state.withLock({ !$0.forFollowers.isEmpty }) { followerWake.yield() }
            wake.yield()
            try? await Task.sleep(for: interval)
        }
        wake.finish()
        followerWake.finish()
    }

    /// What the suite itself needs goes to it until it is confirmed.
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

extension FactRelay.Fact {
    fileprivate var isFollowed: Bool { FactRelay.followed.contains(row.routingKey) }
    fileprivate var isPassedOver: Bool { rejections >= mostAttempts || losses >= mostAttempts }
}

/// What became of a fact.
private enum FactOutcome { case taken, again, passedOver, unknown }

extension FactRelay.State {
    fileprivate var hasRoom: Bool { waiting.count + underWay.count < mostFacts && bytes < mostBytes }

    fileprivate mutating func next() -> [(id: Int, fact: FactRelay.Fact)]? {
        let count = min(chunk, waiting.count, window - underWay.count - stuck.count)
        guard count > 0 else { return nil }
        let facts = waiting.prefix(count)
        waiting.removeFirst(count)
        return facts.map { fact in
            lastID += 1
            underWay[lastID] = fact
            return (lastID, fact)
        }
    }

    /// The connection is another: what was under way goes again, in its order.
    fileprivate mutating func takeBack() {
        waiting = underWay.sorted { $0.key < $1.key }.map(\.value) + waiting
        underWay = [:]
        stuck = []
    }

    fileprivate mutating func settle(_ id: Int, isTaken: Bool) -> FactOutcome {
        stuck.remove(id)
        guard var fact = underWay.removeValue(forKey: id) else { return .unknown }
        guard !isTaken else {
            end(fact)
            return .taken
        }
        fact.rejections += 1
        troubledUntil = .now + troubleTime
        guard fact.isPassedOver else {
            waiting.append(fact)
            return .again
        }
        passOver(fact)
        return .passedOver
    }

    fileprivate mutating func lose(_ id: Int, isItsFault: Bool) -> FactOutcome {
        guard var fact = underWay[id] else { return .unknown }
        fact.losses = isItsFault ? mostAttempts : fact.losses + 1
        underWay[id] = fact
        guard fact.isPassedOver else { return .again }
        underWay.removeValue(forKey: id)
        passOver(fact)
        return .passedOver
    }

    fileprivate mutating func passOverLate(at now: ContinuousClock.Instant) -> Int {
        let late = underWay.filter { now - $0.value.takenAt > confirmPatience }
        for (id, var fact) in late {
            underWay.removeValue(forKey: id)
            stuck.insert(id)
            fact.losses = mostAttempts
            passOver(fact)
        }
        if !late.isEmpty { troubledUntil = now + troubleTime }
        tellFollowers(olderThan: now - followerPatience)
        return late.count
    }

    /// The suite's own services need not wait until it is known whether a fact is taken.
    fileprivate mutating func tellFollowers(olderThan limit: ContinuousClock.Instant) {
        for index in waiting.indices where waiting[index].mayBeTold(limit) {
            waiting[index].isWithFollowers = true
            forFollowers.append(waiting[index])
        }
        for (id, fact) in underWay where fact.mayBeTold(limit) {
            underWay[id]?.isWithFollowers = true
            forFollowers.append(fact)
        }
    }

    private mutating func passOver(_ fact: FactRelay.Fact) {
        bytes -= fact.row.body.count
        // Sent over `internal` until confirmed; only then its row may go.
        if fact.isFollowed { forFollowers.append(fact) } else { fact.settled(true) }
    }

    private mutating func end(_ fact: FactRelay.Fact) {
        bytes -= fact.row.body.count
        fact.settled(true)
    }

    fileprivate mutating func takeForFollowers() -> [FactRelay.Fact] {
        defer { forFollowers = [] }
        return forFollowers
    }
}

extension FactRelay.Fact {
    fileprivate func mayBeTold(_ limit: ContinuousClock.Instant) -> Bool {
        isFollowed && !isWithFollowers && takenAt < limit
    }
}
