import Models
import RabbitMQ

/// Facts in memory at most; further facts wait in the outbox.
private let mostFacts = 16_384
/// Rejections of a fact, or connections lost over it alone, after which it is passed over.
private let mostAttempts = 3
/// The age of an unconfirmed fact at which a marker is sent after it.
private let markTime = Duration.milliseconds(250)
/// The age of an unconfirmed marker at which the connection counts as stalled: the broker has stopped reading it
/// because of a queue that accepts nothing. `nextStallTime` applies in times of trouble.
private let stallTime = Duration.seconds(1)
private let nextStallTime = Duration.milliseconds(250)
/// Doublings of `nextStallTime` at most. It doubles with each connection in a row that routed nothing.
private let mostDoublings = 5
/// The age of an unconfirmed fact at which it is passed over (contract section 4). A fact that is not routed is passed
/// over at this age if no connection has routed any fact for so long: a quorum queue without a leader blocks the
/// broker's channel for a minute before each message.
private let confirmPatience = Duration.seconds(30)
/// Replaces `confirmPatience` while other facts need the room.
private let crowdedPatience = Duration.seconds(1)
/// The age at which a fact is also sent to the suite's own services over `internal`.
private let followerPatience = Duration.seconds(1)
/// How long after the last trouble all new facts are also sent over `internal`.
private let troubleTime = Duration.seconds(10)
private let mostBytes = 16 * 1024 * 1024

/// A fact that `FactRelay` publishes.
struct RelayedFact: Sendable {
    let row: OutboxRow
    /// Called with true when the fact is confirmed or passed over, with false when the relay ends before.
    let settled: @Sendable (Bool) -> Void
    let takenAt: ContinuousClock.Instant
    var sentAt: ContinuousClock.Instant
    var rejections = 0
    var losses = 0
    var isWithFollowers = false
    /// Whether the relay no longer waits for the fact's confirm.
    var isPassedOver = false
}

/// The facts that a relay holds. Pure: no I/O.
///
/// The broker confirms a fact when the last queue has taken it. If one queue never takes it, the broker stops reading
/// the connection after some hundred facts, and it is unknown which of them the other queues have. A marker solves
/// this: a message for no queue, which the broker confirms once it has routed all earlier messages.
struct RelayedFacts: Sendable {
    /// Unconfirmed facts at most. A queue that never confirms occupies a part of them.
    static let window = 8192
    /// Facts that are passed to the connection at once.
    static let chunk = 128
    /// The value of `chunk` in times of trouble. The broker reads only some hundred facts from a stalled connection.
    static let chunkInTrouble = 50
    /// Unsettled facts that were passed over, at which the connection is replaced.
    static let mostStuck = 8192

    var waiting: [RelayedFact] = []
    var underWay: [Int: RelayedFact] = [:]
    /// Facts of a lost connection, in groups. The groups are published one after the other, before `waiting`.
    var suspects: [[RelayedFact]] = []
    /// The unsettled facts of the group that is being published; nil if there is none.
    var trial: Set<Int>?
    /// The broker has routed all facts up to this id.
    var routedThrough = 0
    /// Unconfirmed markers; `id` is the last fact before the marker.
    var markers: [(id: Int, since: ContinuousClock.Instant)] = []
    var nextMarkAt = ContinuousClock.now
    /// The last time at which the broker routed facts or there were none to route.
    var routedAt = ContinuousClock.now
    /// Connections in a row before the current one that routed nothing.
    var futileConnections = 0
    var connection: Connection?
    var forFollowers: [RelayedFact] = []
    var lastID = 0
    /// The last id of the previous connection.
    var lastIDBefore = 0
    var bytes = 0
    /// Facts that were passed over and that the connection has not settled.
    var stuck: Set<Int> = []
    var troubledUntil = ContinuousClock.now
    /// Facts that were passed over and are not logged yet.
    var unreported = 0
    var reportedAt = ContinuousClock.now - .seconds(60)
    var isLost = false
    /// Whether the relay has ended.
    var isOver = false
}

extension RelayedFact {
    var isFollowed: Bool { FactRelay.followed.contains(row.routingKey) }
    var hasFailed: Bool { rejections >= mostAttempts || losses >= mostAttempts }
}

/// The outcome of a fact.
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

    /// Returns the last fact before a marker that must be sent now; nil if none must. In times of trouble, a marker
    /// follows each chunk.
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

    /// Notes that the marker after this fact is confirmed. The facts of a group before it have then not made the broker
    /// close the connection, so their trial ends.
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

    /// Puts facts back in their places, because other facts of their chunk cannot be published.
    mutating func sendAgain(_ ids: [Int]) {
        let facts = ids.compactMap { underWay.removeValue(forKey: $0) }
        if trial != nil { suspects.insert(facts, at: 0) } else { waiting = facts + waiting }
        trial = nil
    }

    /// Puts the facts of a lost connection back, to be published again in order. A group that was published again and
    /// lost again is halved; a fact that is alone in its group is blamed. Returns the number of facts that were passed
    /// over.
    mutating func takeBack() -> Int {
        let carried = underWay.sorted { $0.key < $1.key }
        underWay = [:]
        stuck = []
        forgetConnection()
        defer { trial = nil }
        troubledUntil = .now + troubleTime
        guard let trial else {
            suspects = Self.groups(carried.map(\.value)) + suspects
            return 0
        }
        var tried = carried.filter { trial.contains($0.key) }.map(\.value)
        let others = carried.filter { !trial.contains($0.key) }.map(\.value)
        var groups = Self.groups(others)
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

    /// Groups that a connection routes whole, even if a queue that never confirms holds it up.
    private static func groups(_ facts: [RelayedFact]) -> [[RelayedFact]] {
        stride(from: 0, to: facts.count, by: chunkInTrouble).map {
            Array(facts[$0..<min($0 + chunkInTrouble, facts.count)])
        }
    }

    /// Prepares for another connection. The old one stays open for a while, because the broker may still confirm facts
    /// that it has routed. Facts that are not routed are published again. Returns the ids of the old connection.
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

    /// Passes over the unconfirmed facts of a replaced connection. Returns their number.
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

    /// The state of the connection to the broker.
    enum Reach { case away, blocked, open }

    var reach: Reach {
        guard let connection, connection.isOpen else { return .away }
        return connection.isBlocked ? .blocked : .open
    }

    mutating func passOverLate(at now: ContinuousClock.Instant, _ reach: Reach) -> Int {
        // The broker reads nothing while it is short of memory or disk, which is not the fault of a queue.
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

    /// Passes over old facts after the broker has routed nothing for long. Returns their number.
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

    /// Queues facts for the suite's own services, which need not wait for the confirm of all queues.
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
        // A followed fact is sent over `internal` until confirmed; its outbox row is deleted only then.
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
