import Models
import RabbitMQ

/// Facts in memory: what comes beyond waits in the outbox.
private let mostFacts = 16_384
/// Rejections of a fact, or connections lost over it alone, before it is passed over.
private let mostAttempts = 3
/// From then on a marker is sent behind a fact that is not confirmed.
private let markTime = Duration.milliseconds(250)
/// A marker that is not confirmed by then: the broker has stopped reading the connection, because of a queue that takes
/// nothing. The second time is for while that goes on.
private let stallTime = Duration.seconds(1)
private let nextStallTime = Duration.milliseconds(250)
/// Where one connection after the other routes nothing, the time doubles, so often at most.
private let mostDoublings = 5
/// Without a confirm for so long a fact is passed over (contract section 4). The same holds for facts that are not even
/// routed where no connection has routed any for so long: a quorum queue without a leader makes the broker's channel
/// wait for a minute before each message.
private let confirmPatience = Duration.seconds(30)
/// The same where others need the room.
private let crowdedPatience = Duration.seconds(1)
/// From then on the suite's own services get a fact over `internal` as well.
private let followerPatience = Duration.seconds(1)
/// How long after the last trouble facts go both ways.
private let troubleTime = Duration.seconds(60)
private let mostBytes = 16 * 1024 * 1024

/// A fact on its way, by `FactRelay`.
struct RelayedFact: Sendable {
    let row: OutboxRow
    /// Called when the fact is confirmed or passed over; with false when the relay ends before.
    let settled: @Sendable (Bool) -> Void
    let takenAt: ContinuousClock.Instant
    var sentAt: ContinuousClock.Instant
    var rejections = 0
    var losses = 0
    var isWithFollowers = false
    /// Nothing waits for its confirm any more.
    var isPassedOver = false
}

/// The facts that a relay holds. Pure: no I/O.
///
/// A confirm comes when the last queue has taken a fact. Where one queue never does, the broker stops reading the
/// connection after some hundred facts, so that it is not known which of them the other queues have. A marker tells: a
/// message for no queue, which the broker confirms once it has routed all that was published before.
struct RelayedFacts: Sendable {
    /// Facts that are published and waited for; a queue that never confirms keeps its share of them.
    static let window = 8192
    /// Facts of one call to the connection.
    static let chunk = 128
    /// The same in trouble: the broker gives a connection that is held up only some hundred.
    static let chunkInTrouble = 50
    /// Facts passed over that a connection still carries before another takes its place.
    static let mostStuck = 8192

    var waiting: [RelayedFact] = []
    var underWay: [Int: RelayedFact] = [:]
    /// Facts that a lost connection carried, in groups that go one after the other before all that waits.
    var suspects: [[RelayedFact]] = []
    /// The group that is under way, as far as it is not settled.
    var trial: Set<Int>?
    /// Facts up to this id are routed.
    var routedThrough = 0
    /// Markers that are not confirmed yet, by the last fact before each.
    var markers: [(id: Int, since: ContinuousClock.Instant)] = []
    var nextMarkAt = ContinuousClock.now
    /// When it was last seen that the broker routes facts, or that there are none to route.
    var routedAt = ContinuousClock.now
    /// Connections in a row, until this one, that routed nothing.
    var futileConnections = 0
    var connection: Connection?
    var forFollowers: [RelayedFact] = []
    var lastID = 0
    /// The last id of the connection before.
    var lastIDBefore = 0
    var bytes = 0
    /// Facts passed over that the connection has not settled.
    var stuck: Set<Int> = []
    var troubledUntil = ContinuousClock.now
    /// Facts passed over that the log does not tell yet.
    var unreported = 0
    var reportedAt = ContinuousClock.now - .seconds(60)
    var isLost = false
    /// Nothing is published any more.
    var isOver = false
}

extension RelayedFact {
    var isFollowed: Bool { FactRelay.followed.contains(row.routingKey) }
    var hasFailed: Bool { rejections >= mostAttempts || losses >= mostAttempts }
}

/// What became of a fact.
enum FactOutcome { case taken, again, passedOver, unknown }

extension RelayedFacts {
    var hasRoom: Bool { count < mostFacts && bytes < mostBytes }

    private var count: Int { waiting.count + underWay.count + suspects.reduce(0) { $0 + $1.count } }

    private var isEmpty: Bool { underWay.isEmpty && waiting.isEmpty && suspects.isEmpty }

    mutating func next() -> [(id: Int, fact: RelayedFact)]? {
        guard trial == nil else { return nil }
        if !suspects.isEmpty {
            let sent = send(suspects.removeFirst()[...])
            trial = Set(sent.map(\.id))
            return sent
        }
        let chunk = ContinuousClock.now < troubledUntil ? Self.chunkInTrouble : Self.chunk
        let count = min(chunk, waiting.count, Self.window - underWay.count)
        guard count > 0 else { return nil }
        defer { waiting.removeFirst(count) }
        return send(waiting.prefix(count))
    }

    private mutating func send(_ facts: ArraySlice<RelayedFact>) -> [(id: Int, fact: RelayedFact)] {
        let now = ContinuousClock.now
        return facts.map { fact in
            lastID += 1
            underWay[lastID] = fact
            underWay[lastID]?.sentAt = now
            return (lastID, fact)
        }
    }

    /// The last fact before a marker that is to be sent now; nil: none is. In trouble each chunk has one behind it.
    mutating func mark(at now: ContinuousClock.Instant) -> Int? {
        guard lastID > markers.last?.id ?? routedThrough else { return nil }
        if now >= troubledUntil, trial == nil {
            guard markers.isEmpty, now >= nextMarkAt else { return nil }
            nextMarkAt = now + markTime
            guard underWay.contains(where: { $0.key > routedThrough && now - $0.value.sentAt >= markTime })
            else { return nil }
        }
        markers.append((lastID, now))
        return lastID
    }

    /// The marker behind this fact is confirmed. What a group carried has not made the broker close the connection.
    mutating func routed(through id: Int) {
        guard markers.contains(where: { $0.id == id }) else { return }
        markers.removeAll { $0.id <= id }
        routedThrough = id
        routedAt = .now
        if trial?.allSatisfy({ $0 <= id }) == true { trial = nil }
    }

    func isStalled(at now: ContinuousClock.Instant) -> Bool {
        guard let marker = markers.first, reach != .blocked else { return false }
        let limit = now < troubledUntil ? nextStallTime * (1 << min(futileConnections, mostDoublings)) : stallTime
        return now - marker.since > limit
    }

    /// Some of a chunk cannot be published: the others take their places again.
    mutating func sendAgain(_ ids: [Int]) {
        let facts = ids.compactMap { underWay.removeValue(forKey: $0) }
        if trial != nil { suspects.insert(facts, at: 0) } else { waiting = facts + waiting }
        trial = nil
    }

    /// The connection is another: what was under way goes again, in its order. Where it was lost over a group for the
    /// second time, the group goes in halves, and one fact alone is blamed.
    mutating func takeBack() -> Int {
        let carried = underWay.sorted { $0.key < $1.key }
        underWay = [:]
        stuck = []
        forgetConnection()
        defer { trial = nil }
        guard let trial else {
            if !carried.isEmpty { suspects.insert(carried.map(\.value), at: 0) }
            return 0
        }
        var tried = carried.filter { trial.contains($0.key) }.map(\.value)
        let others = carried.filter { !trial.contains($0.key) }.map(\.value)
        var groups = others.isEmpty ? [] : [others]
        var passedOver = 0
        if tried.count == 1 {
            tried[0].losses += 1
            if tried[0].hasFailed { passOver(tried[0]) } else { groups.append(tried) }
            passedOver = tried[0].hasFailed ? 1 : 0
        } else if !tried.isEmpty {
            let half = tried.count / 2
            groups += [Array(tried[..<half]), Array(tried[half...])]
        }
        suspects = groups + suspects
        return passedOver
    }

    /// Another connection replaces this one, which stays open for a while: what the broker has routed may be confirmed
    /// yet. The rest goes again.
    mutating func changeConnection() -> Range<Int> {
        let ids = lastIDBefore + 1..<lastID + 1
        let again = underWay.filter { $0.key > routedThrough }.sorted { $0.key < $1.key }
        for (id, _) in again { underWay.removeValue(forKey: id) }
        let facts = again.map(\.value)
        if trial != nil, !facts.isEmpty { suspects.insert(facts, at: 0) } else { waiting = facts + waiting }
        stuck = []
        trial = nil
        troubledUntil = .now + troubleTime
        futileConnections = routedThrough > lastIDBefore ? 0 : futileConnections + 1
        forgetConnection()
        return ids
    }

    private mutating func forgetConnection() {
        lastIDBefore = lastID
        routedThrough = lastID
        markers = []
    }

    /// The end of a connection whose place another one took.
    mutating func passOver(_ ids: Range<Int>) -> Int {
        let left = underWay.keys.filter(ids.contains)
        for id in left { passOver(id) }
        return left.count
    }

    mutating func passOver(_ id: Int) {
        guard let fact = underWay.removeValue(forKey: id) else { return }
        trial?.remove(id)
        if trial?.isEmpty == true { trial = nil }
        passOver(fact)
    }

    mutating func settle(_ id: Int, isTaken: Bool) -> FactOutcome {
        stuck.remove(id)
        trial?.remove(id)
        if trial?.isEmpty == true { trial = nil }
        guard var fact = underWay.removeValue(forKey: id) else { return .unknown }
        routedAt = .now
        guard !isTaken else {
            end(fact)
            return .taken
        }
        fact.rejections += 1
        troubledUntil = .now + troubleTime
        guard fact.hasFailed else {
            waiting.append(fact)
            return .again
        }
        passOver(fact)
        return .passedOver
    }

    /// Whether the broker can be reached.
    enum Reach { case away, blocked, open }

    var reach: Reach {
        guard let connection, connection.isOpen else { return .away }
        return connection.isBlocked ? .blocked : .open
    }

    mutating func passOverLate(at now: ContinuousClock.Instant, _ reach: Reach) -> Int {
        // A broker that is short of memory or disk reads nothing for a while: that is no queue's fault.
        if reach == .blocked {
            underWay.keys.forEach { underWay[$0]?.sentAt = now }
            markers.indices.forEach { markers[$0].since = now }
        }
        if reach != .open || isEmpty { routedAt = now }
        let isCrowded = trial == nil && (underWay.count > Self.window / 2 || bytes > mostBytes / 2)
        let patience = isCrowded && reach != .away ? crowdedPatience : confirmPatience
        let late = underWay.filter { $0.key <= routedThrough && now - $0.value.sentAt > patience }
        for (id, fact) in late {
            underWay.removeValue(forKey: id)
            if id > lastIDBefore { stuck.insert(id) }
            passOver(fact)
        }
        let unrouted = now - routedAt > confirmPatience ? passOverUnrouted(at: now) : 0
        if late.count + unrouted > 0 { troubledUntil = now + troubleTime }
        tellFollowers(olderThan: now - followerPatience)
        return late.count + unrouted
    }

    /// Nothing has been routed for long.
    private mutating func passOverUnrouted(at now: ContinuousClock.Instant) -> Int {
        let limit = now - (count > mostFacts / 2 || bytes > mostBytes / 2 ? crowdedPatience : confirmPatience)
        let ids = underWay.filter { $0.value.takenAt < limit }.map(\.key)
        for id in ids { passOver(id) }
        let late = (waiting + suspects.joined()).filter { $0.takenAt < limit }
        waiting.removeAll { $0.takenAt < limit }
        for index in suspects.indices { suspects[index].removeAll { $0.takenAt < limit } }
        suspects.removeAll(where: \.isEmpty)
        for fact in late { passOver(fact) }
        return ids.count + late.count
    }

    /// The suite's own services need not wait until it is known whether a fact is taken.
    mutating func tellFollowers(olderThan limit: ContinuousClock.Instant) {
        for index in waiting.indices where waiting[index].mayBeTold(limit) {
            waiting[index].isWithFollowers = true
            forFollowers.append(waiting[index])
        }
        for (id, fact) in underWay where fact.mayBeTold(limit) {
            underWay[id]?.isWithFollowers = true
            forFollowers.append(fact)
        }
    }

    private mutating func passOver(_ fact: RelayedFact) {
        var fact = fact
        fact.isPassedOver = true
        bytes -= fact.row.body.count
        // Sent over `internal` until confirmed; only then its row may go.
        if fact.isFollowed { forFollowers.append(fact) } else { fact.settled(true) }
    }

    private mutating func end(_ fact: RelayedFact) {
        bytes -= fact.row.body.count
        fact.settled(true)
    }

    mutating func takeForFollowers() -> [RelayedFact] {
        defer { forFollowers = [] }
        return forFollowers
    }
}

extension RelayedFact {
    func mayBeTold(_ limit: ContinuousClock.Instant) -> Bool {
        isFollowed && !isWithFollowers && takenAt < limit
    }
}
