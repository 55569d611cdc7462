import FoundationEssentials
import Models

/// A message of a batch after reading: what the token says is settled, the data is read.
struct Candidate<State: Aggregate>: Sendable {
    let incoming: Incoming
    /// The outcome of reading: a refusal here is final whatever the state.
    let content: Result<Content, Refusal>

    struct Content: Sendable {
        let message: Message
        let verdict: TokenVerdict
        let isReading: Bool
        let prepared: Registry<State>.Prepared
        let sharedKeys: [String]
        var key: String { prepared.key ?? message.event.subject }
    }
}

/// An inbox row: that a message took effect, and what it was answered.
struct InboxRow: Sendable {
    let bodyHash: [UInt8]
    let reply: String?
    let isHeld: Bool
}

/// The reply to a request that took effect earlier.
struct KeptAnswer: Sendable {
    let reply: String
    let isHeld: Bool
}

/// Names a message for the inbox.
struct MessageKey: Hashable, Sendable {
    let id: UUID
    let source: String

    init(id: UUID, source: String) {
        self.id = id
        self.source = source
    }

    init(_ event: Event) {
        id = event.id
        source = event.source
    }
}

/// What a repetition gets where the first answer cannot be kept.
private let answeredBefore = Refusal(.conflict, "this request was answered; ask under a new id", at: "/id")

/// Decides the messages of a batch in order, in memory. Pure: everything it needs was loaded before, what follows is
/// returned to be saved and published.
struct Batch<State: Aggregate>: Sendable {
    let service: SuiteService
    let environment: State.Environment
    let now: Timestamp
    let seen: [MessageKey: InboxRow]
    /// The next outbox number.
    var nextNumber: Int64
    private(set) var states: [String: State]
    private(set) var changedKeys: Set<String> = []
    private(set) var shared: [String: State.Shared]
    private(set) var changedSharedKeys: Set<String> = []
    /// What is saved for jobs.
    private(set) var jobs = JobChanges()
    private(set) var newInbox: [MessageKey: InboxRow] = [:]
    /// Answers to earlier requests, to save in their inbox rows.
    private(set) var keptAnswers: [MessageKey: KeptAnswer] = [:]
    /// What leaves, in order.
    private(set) var departures: [Departure] = []
    private(set) var counts = BatchCounts()

    init(
        service: SuiteService, environment: State.Environment, now: Timestamp, seen: [MessageKey: InboxRow],
        nextNumber: Int64, states: [String: State], shared: [String: State.Shared]
    ) {
        self.service = service
        self.environment = environment
        self.now = now
        self.seen = seen
        self.nextNumber = nextNumber
        self.states = states
        self.shared = shared
    }

    /// The states to save.
    var changed: [(key: String, state: State)] {
        changedKeys.sorted().compactMap { key in states[key].map { (key, $0) } }
    }

    /// What contacts have in common, to save.
    var changedShared: [(key: String, value: State.Shared)] {
        changedSharedKeys.sorted().compactMap { key in shared[key].map { (key, $0) } }
    }

    /// The departures that are stored.
    var rows: [OutboxRow] {
        departures.compactMap { departure in
            guard case .row(let row) = departure else { return nil }
            return row
        }
    }

    mutating func take(_ candidate: Candidate<State>) {
        switch candidate.content {
        case .failure(let refusal):
            bury(candidate.incoming, refusal)
        case .success(let content):
            let key = MessageKey(content.message.event)
            if let row = newInbox[key] ?? seen[key] {
                takeAgain(candidate.incoming, content, row, answered: keptAnswers[key])
            } else {
                takeNew(candidate.incoming, content, key)
            }
        }
    }

    /// The same message once more: done once, answered again.
    private mutating func takeAgain(
        _ incoming: Incoming, _ content: Candidate<State>.Content, _ row: InboxRow, answered: KeptAnswer?
    ) {
        guard row.bodyHash == content.message.bodyHash else {
            bury(incoming, Refusal(.conflict, "this id was used for another message", at: "/id"))
            return
        }
        counts.duplicates += 1
        if content.isReading {
            takeNew(incoming, content, MessageKey(content.message.event))
        } else if let reply = answered?.reply ?? row.reply, let data = try? JSON(parsing: Array(reply.utf8)) {
            answer(content.message, data, isHeld: answered?.isHeld ?? row.isHeld)
        } else if let address = content.message.replyAddress {
            jobs.waiters.append(JobWaiter(request: MessageKey(content.message.event), address: address))
            hearAgain(content)
        }
    }

    private mutating func hearAgain(_ content: Candidate<State>.Content) {
        let before = states[content.key] ?? State.unknown
        var state = before
        state.hearAgain(content.message.kept)
        keep(state, before: before, under: content.key)
    }

    private mutating func keep(_ state: State, before: State, under key: String) {
        guard state != before else { return }
        states[key] = state
        changedKeys.insert(key)
    }

    private mutating func takeNew(_ incoming: Incoming, _ content: Candidate<State>.Content, _ key: MessageKey) {
        let context = Context<State>(
            environment: environment, message: content.message, now: now, user: content.verdict.user,
            verdict: content.verdict)
        let before = states[content.key] ?? State.unknown
        var state = before
        CrashPoint.decide(content.message.event)
        do throws(Refusal) {
            try content.verdict.require(content.prepared.permission)
            lend(&state, content.sharedKeys)
            let effects = state.catchUp(context) + (try content.prepared.decide(&state, context))
            if let refusal = effects.refusal {
                _ = follow(effects, of: content.message, for: content.verdict.user)
                throw refusal
            }
            takeBack(&state)
            keep(state, before: before, under: content.key)
            counts.accepted += 1
            let reply = follow(effects, of: content.message, for: content.verdict.user)
            note(
                key,
                InboxRow(bodyHash: content.message.bodyHash, reply: reply?.text, isHeld: reply?.isHeld ?? false))
        } catch {
            refuse(incoming, content, key, error)
        }
    }

    /// Gives a state what it has in common with others, for one decision.
    private func lend(_ state: inout State, _ named: [String]) {
        for key in named + state.sharedKeys { state.shared[key] = shared[key] }
    }

    private mutating func takeBack(_ state: inout State) {
        for (key, value) in state.shared where shared[key] != value {
            shared[key] = value
            changedSharedKeys.insert(key)
        }
        state.shared = [:]
    }

    /// What cannot be accepted, and an event that is refused, is kept for the operator and stays out of the inbox, so
    /// that a redrive is decided afresh. A request that is merely refused is answered and done.
    private mutating func refuse(
        _ incoming: Incoming, _ content: Candidate<State>.Content, _ key: MessageKey, _ refusal: Refusal
    ) {
        guard content.message.isRequest, refusal.code != .invalidField else {
            bury(incoming, refusal)
            return
        }
        counts.refused += 1
        let data = errorData(refusal)
        answer(content.message, data, isHeld: false)
        note(key, InboxRow(bodyHash: content.message.bodyHash, reply: data.serialized, isHeld: false))
    }

    /// A reading request that comes again has its row already.
    private mutating func note(_ key: MessageKey, _ row: InboxRow) {
        if seen[key] == nil, newInbox[key] == nil { newInbox[key] = row }
    }

    /// Returns the reply to keep for a repetition.
    private mutating func follow(
        _ effects: [Effect], of message: Message, for user: UserID?
    ) -> (text: String, isHeld: Bool)? {
        var kept: (text: String, isHeld: Bool)?
        for effect in effects {
            switch effect {
            case .fact(let type, let data):
                depart(.facts, type, subject: message.event.subject, data, because: message)
            case .order(let type, let subject, let data):
                depart(.internal, type, subject: subject, data, because: message)
            case .answer(let result):
                let data = okData(result)
                answer(message, data, isHeld: false)
                kept = (data.serialized, false)
            case .answerAfterLeases(let result):
                let data = okData(result)
                answer(message, data, isHeld: true)
                kept = (data.serialized, true)
            case .answerKept(let request, let result, let afterLeases):
                answer(request, result, isHeld: afterLeases, because: message)
            case .answerLater(let make):
                guard let address = message.replyAddress else { continue }
                departures.append(.computed(ReplyTarget(message.event, address), make))
            case .answerOnce(let make):
                kept = (errorData(answeredBefore).serialized, false)
                guard let address = message.replyAddress else { continue }
                departures.append(.computed(ReplyTarget(message.event, address), make))
            case .job(let data, let afterLeases): begin(message, data, user, isHeld: afterLeases)
            case .itemDone(let job, let number, let outcome):
                jobs.outcomes.append(ItemOutcome(job: job, number: number, outcome: outcome))
            case .refuse: continue
            }
        }
        return kept
    }

    private mutating func begin(_ message: Message, _ data: JSON, _ user: UserID?, isHeld: Bool) {
        let request = MessageKey(message.event)
        jobs.jobs.append(
            NewJob(
                id: newID(), request: request, type: message.event.type, subject: message.event.subject, data: data,
                user: user, isHeld: isHeld))
        if let address = message.replyAddress { jobs.waiters.append(JobWaiter(request: request, address: address)) }
    }

    private mutating func depart(
        _ exchange: Exchange, _ type: String, subject: String, _ data: JSON, because: Message
    ) {
        let event = Event(
            id: newID(), source: service.source, type: type, subject: subject, time: now,
            sequence: UInt64(nextNumber), data: data)
        departures.append(
            .row(
                OutboxRow(
                    number: nextNumber, messageID: event.id, exchange: exchange.rawValue, routingKey: type,
                    subject: subject, correlation: nil, traceparent: because.traceparent, isHeld: false,
                    body: event.bytes)))
        nextNumber += 1
    }

    private mutating func answer(_ message: Message, _ data: JSON, isHeld: Bool) {
        guard let address = message.replyAddress else { return }
        answer(ReplyTarget(message.event, address), data, isHeld: isHeld, because: message)
    }

    /// An earlier request, wherever it and its repetitions wait.
    private mutating func answer(_ request: KeptRequest, _ result: JSON, isHeld: Bool, because: Message) {
        let data = okData(result)
        keptAnswers[MessageKey(id: request.id, source: request.source)] = KeptAnswer(
            reply: data.serialized, isHeld: isHeld)
        for reply in request.replies {
            let target = ReplyTarget(
                type: request.type, subject: because.event.subject,
                address: ReplyAddress(queue: reply.queue, correlation: reply.correlation))
            answer(target, data, isHeld: isHeld, because: because)
        }
    }

    private mutating func answer(_ target: ReplyTarget, _ data: JSON, isHeld: Bool, because: Message) {
        let reply = replyEvent(to: target, data, from: service, id: newID(), at: now)
        departures.append(
            .row(
                OutboxRow(
                    number: nextNumber, messageID: reply.id, exchange: "", routingKey: target.address.queue,
                    subject: target.subject, correlation: target.address.correlation,
                    traceparent: because.traceparent, isHeld: isHeld, body: reply.bytes)))
        nextNumber += 1
    }

    private mutating func bury(_ incoming: Incoming, _ refusal: Refusal) {
        counts.dead += 1
        if let outcome = ItemOutcome(refused: incoming.delivery, refusal, by: service) { jobs.outcomes.append(outcome) }
        departures.append(.dead(DeadLetter(incoming.delivery, refusal)))
        guard let address = incoming.replyAddress else { return }
        departures.append(.direct(errorReply(to: incoming, address, refusal, from: service, id: newID(), at: now)))
    }

    private func newID() -> UUID { Messaging.newID(at: now) }
}

extension [Effect] {
    fileprivate var refusal: Refusal? {
        for case .refuse(let refusal) in self { return refusal }
        return nil
    }
}

/// What became of a batch's messages.
struct BatchCounts: Sendable {
    var accepted = 0
    var refused = 0
    var duplicates = 0
    var dead = 0
}
