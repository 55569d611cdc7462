import Models
import RabbitMQ

/// Facts in memory: what comes beyond waits in the outbox.
private let mostFacts = 16_384
/// Rejections of a fact, or connections lost over it alone, before it is passed over.
private let mostAttempts = 3
/// A fact of which the broker closes the connection is known by then, whether or not its queues confirm it.
private let trialTime = Duration.seconds(1)
/// Without a confirm for so long a fact is passed over (contract section 4).
private let confirmPatience = Duration.seconds(30)
/// A fact that its queues have not confirmed by then is not waited for any longer where others need the room: the
/// broker has it, and every queue that confirms has it too.
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
struct RelayedFacts: Sendable {
    /// Facts that are published and waited for; a queue that never confirms keeps its share of them.
    static let window = 8192
    /// Facts of one call to the connection.
    static let chunk = 128
    /// Facts passed over that a connection still carries before another takes its place.
    static let mostStuck = 8192

    var waiting: [RelayedFact] = []
    var underWay: [Int: RelayedFact] = [:]
    /// Facts that a lost connection carried, in groups that go one after the other before all that waits.
    var suspects: [[RelayedFact]] = []
    /// The group that is under way, as far as it is not settled.
    var trial: (ids: Set<Int>, since: ContinuousClock.Instant)?
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
    var hasRoom: Bool {
        waiting.count + underWay.count + suspects.reduce(0) { $0 + $1.count } < mostFacts && bytes < mostBytes
    }

    mutating func next() -> [(id: Int, fact: RelayedFact)]? {
        guard trial == nil else { return nil }
        if !suspects.isEmpty {
            let sent = send(suspects.removeFirst()[...])
            trial = (Set(sent.map(\.id)), .now)
            return sent
        }
        let count = min(Self.chunk, waiting.count, Self.window - underWay.count)
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
        lastIDBefore = lastID
        defer { trial = nil }
        guard let trial else {
            if !carried.isEmpty { suspects.insert(carried.map(\.value), at: 0) }
            return 0
        }
        var tried = carried.filter { trial.ids.contains($0.key) }.map(\.value)
        let others = carried.filter { !trial.ids.contains($0.key) }.map(\.value)
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

    /// Another connection takes the place of this one, which is open for a while: what it carries may be confirmed yet.
    mutating func changeConnection() -> Range<Int> {
        defer { lastIDBefore = lastID }
        stuck = []
        trial = nil
        return lastIDBefore + 1..<lastID + 1
    }

    /// The end of a connection whose place another one took.
    mutating func passOver(_ ids: Range<Int>) -> Int {
        let left = underWay.keys.filter(ids.contains)
        for id in left { passOver(id) }
        return left.count
    }

    mutating func passOver(_ id: Int) {
        guard let fact = underWay.removeValue(forKey: id) else { return }
        trial?.ids.remove(id)
        passOver(fact)
    }

    mutating func settle(_ id: Int, isTaken: Bool) -> FactOutcome {
        stuck.remove(id)
        trial?.ids.remove(id)
        if trial?.ids.isEmpty == true { trial = nil }
        guard var fact = underWay.removeValue(forKey: id) else { return .unknown }
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

    mutating func passOverLate(at now: ContinuousClock.Instant) -> Int {
        // A broker that is short of memory or disk reads nothing for a while: that is no queue's fault.
        if connection?.isBlocked == true { underWay.keys.forEach { underWay[$0]?.sentAt = now } }
        if let since = trial?.since, now - since > trialTime, connection?.isOpen == true { trial = nil }
        let isCrowded = trial == nil && (underWay.count > Self.window / 2 || bytes > mostBytes / 2)
        let patience = isCrowded && connection?.isOpen == true ? crowdedPatience : confirmPatience
        let late = underWay.filter { now - $0.value.sentAt > patience }
        for (id, fact) in late {
            underWay.removeValue(forKey: id)
            if id > lastIDBefore { stuck.insert(id) }
            passOver(fact)
        }
        if !late.isEmpty { troubledUntil = now + troubleTime }
        tellFollowers(olderThan: now - followerPatience)
        return late.count
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
