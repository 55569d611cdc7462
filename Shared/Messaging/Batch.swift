import Cryptography
import FoundationEssentials
import Models
import RabbitMQ

/// The reply to a repetition of a request whose first reply must not be stored.
private let answeredBefore = Refusal(.conflict, "this request was answered; ask under a new id", at: "/id")

/// Decides the messages of a batch in order, in memory. Pure: the caller loads all input before, and saves and
/// publishes the results after.
struct Batch<State: Aggregate>: Sendable {
    let service: SuiteService
    let environment: State.Environment
    let now: Timestamp
    let seen: [MessageKey: InboxRow]
    /// The epoch of the database (X5).
    let epoch: Int64
    /// The newest epochs of other services.
    let peerEpochs: [SuiteService: Int64]
    /// Names of the fields whose values must not be stored in a dead letter.
    let sensitiveFields: SensitiveNames
    /// Bytes of bodies that new dead letters may still store.
    private(set) var letterRoom: Int64
    /// The next outbox number.
    private(set) var nextNumber: Int64
    private(set) var states: [String: State]
    private(set) var changedKeys: Set<String> = []
    private(set) var shared: [String: State.Shared]
    private(set) var changedSharedKeys: Set<String> = []
    /// The keys of `shared` that had a value when they were loaded.
    let foundSharedKeys: Set<String>
    private var numbering: State.Numbering?
    private let loadedNumbering: State.Numbering?
    /// The changes of the job tables, to save.
    private(set) var jobs = JobChanges()
    private(set) var newInbox: [MessageKey: InboxRow] = [:]
    /// Replies to earlier requests, to save in their inbox rows.
    private(set) var keptAnswers: [MessageKey: KeptAnswer] = [:]
    /// The messages to publish after the commit, in order.
    private(set) var departures: [Departure] = []
    /// New dead letters, by `Letter.key`.
    private(set) var letters: [[UInt8]: Letter] = [:]
    /// Ids of the dead letters that a redrive accepted.
    private(set) var redriven: [UUID] = []
    /// Ids of the dead letters that a redrive refused again.
    private(set) var redrivenInVain: [UUID] = []
    /// Another service remembers orders that this database lost, so that a new epoch must begin (X5).
    private(set) var beginsEpoch = false
    private(set) var counts = BatchCounts()
    /// The time just before the COMMIT was sent. A withdrawal that is decided after this batch commits later than this
    /// time.
    var committingAt = ContinuousClock.now

    init(
        service: SuiteService, environment: State.Environment, now: Timestamp, seen: [MessageKey: InboxRow],
        partition: PartitionRow, peerEpochs: [SuiteService: Int64] = [:], sensitiveFields: SensitiveNames = [],
        letterRoom: Int64 = .max, states: [String: State], shared: [String: State.Shared],
        numbering: State.Numbering? = nil
    ) {
        self.service = service
        self.environment = environment
        self.now = now
        self.seen = seen
        epoch = partition.epoch
        nextNumber = partition.nextNumber
        self.peerEpochs = peerEpochs
        self.sensitiveFields = sensitiveFields
        self.letterRoom = letterRoom
        self.states = states
        self.shared = shared
        foundSharedKeys = Set(shared.keys)
        self.numbering = numbering
        loadedNumbering = numbering
    }

    /// The states to save.
    var changed: [(key: String, state: State)] {
        changedKeys.sorted().compactMap { key in states[key].map { (key, $0) } }
    }

    /// The shared values to save.
    var changedShared: [(key: String, value: State.Shared)] {
        changedSharedKeys.sorted().compactMap { key in shared[key].map { (key, $0) } }
    }

    /// The partition's numbering to save; nil if it did not change.
    var changedNumbering: State.Numbering? { numbering == loadedNumbering ? nil : numbering }

    /// The departures that are stored in the outbox.
    var rows: [OutboxRow] {
        departures.compactMap { departure in
            guard case .row(let row) = departure else { return nil }
            return row
        }
    }

    mutating func take(_ candidate: Candidate<State>) {
        guard let message = candidate.message else {
            if let letter = candidate.letter { return redrivenInVain.append(letter) }
            if case .failure(let refusal) = candidate.content { refuseUnread(candidate.incoming, refusal) }
            return
        }
        let key = MessageKey(message.event)
        if candidate.letter == nil, let row = newInbox[key] ?? seen[key] {
            takeAgain(candidate, message, row, answered: keptAnswers[key])
            return
        }
        switch candidate.content {
        // A letter whose type needs a permission is skipped: its user's token was not stored.
        case .success(let content) where candidate.letter != nil && content.prepared.permission != nil: return
        case .failure(let refusal): refuse(candidate, message, key, refusal)
        case .success(let content): takeNew(candidate, content, key)
        }
    }

    /// Handles a message whose id was decided before: sends the stored reply again. A reading request is decided again.
    /// A different body under the same id is a conflict.
    private mutating func takeAgain(
        _ candidate: Candidate<State>, _ message: Message, _ row: InboxRow, answered: KeptAnswer?
    ) {
        guard row.bodyHash == message.bodyHash else {
            let refusal = Refusal(.conflict, "this id was used for another message", at: "/id")
            if let address = message.replyAddress { answer(ReplyTarget(message.event, address), refusal, message) }
            if mustKeep(message, refusal) { bury(candidate.incoming, refusal) } else { counts.refused += 1 }
            return
        }
        counts.duplicates += 1
        let content = try? candidate.content.get()
        if let content, content.isReading {
            takeNew(candidate, content, MessageKey(message.event))
        } else if let reply = answered?.reply ?? row.reply, let data = try? JSON(parsing: Array(reply.utf8)) {
            answer(message, data, isHeld: answered?.isHeld ?? row.isHeld)
        } else if let content, let address = message.replyAddress {
            jobs.waiters.append(JobWaiter(request: MessageKey(message.event), address: address))
            hearAgain(content)
        }
    }

    private mutating func hearAgain(_ content: Candidate<State>.Content) {
        let before = states[content.key] ?? State.unknown
        var state = before
        state.hearAgain(content.message.kept)
        keep(state, before: before, of: content)
    }

    private mutating func keep(_ state: State, before: State, of content: Candidate<State>.Content) {
        // Of a summary too little is known to be saved.
        guard !content.prepared.readsSummary, state != before else { return }
        states[content.key] = state
        changedKeys.insert(content.key)
    }

    private mutating func takeNew(
        _ candidate: Candidate<State>, _ content: Candidate<State>.Content, _ key: MessageKey
    ) {
        let context = Context<State>(
            environment: environment, message: content.message, now: now, user: content.verdict.user,
            verdict: content.verdict, number: takeNumber(), epoch: epoch, peerEpochs: peerEpochs)
        let before = states[content.key] ?? State.unknown
        var state = before
        CrashPoint.decide(content.message.event)
        do throws(Refusal) {
            try content.verdict.require(content.prepared.permission)
            if let refusal = content.unknownMember { throw refusal }
            lend(&state, content)
            let effects = state.catchUp(context) + (try content.prepared.decide(&state, context))
            if let refusal = effects.refusal {
                _ = follow(effects, of: content.message, for: content.verdict.user)
                throw refusal
            }
            let concluded = state.conclude(effects, context)
            takeBack(&state)
            counts.accepted += 1
            if let letter = candidate.letter { redriven.append(letter) }
            let reply = follow(concluded, of: content.message, for: content.verdict.user)
            if concluded.tellsFact { state.factsLeave(upTo: nextNumber - SequenceNumber.step, in: epoch) }
            keep(state, before: before, of: content)
            note(
                key,
                InboxRow(bodyHash: content.message.bodyHash, reply: reply?.text, isHeld: reply?.isHeld ?? false))
        } catch {
            refuse(candidate, content.message, key, error)
        }
    }

    /// Takes a number for this message. Numbers rise within the partition, also across a restore of the database.
    private mutating func takeNumber() -> Int64 {
        defer { nextNumber += SequenceNumber.step }
        return nextNumber
    }

    /// Puts the shared values into the state for one decision. The second loop loads keys that the values of the first
    /// one refer to, such as an alias.
    private func lend(_ state: inout State, _ content: Candidate<State>.Content) {
        for key in content.sharedKeys + state.sharedKeys { state.shared[key] = shared[key] }
        for key in state.sharedKeys where state.shared[key] == nil { state.shared[key] = shared[key] }
        if content.prepared.takesNumbers { state.numbering = numbering }
    }

    private mutating func takeBack(_ state: inout State) {
        for (key, value) in state.shared where shared[key] != value {
            shared[key] = value
            changedSharedKeys.insert(key)
        }
        state.shared = [:]
        if let numbered = state.numbering { numbering = numbered }
        state.numbering = nil
    }

    /// Records a refusal in the inbox, so that a redelivery after a crash is not decided again against newer state.
    ///
    /// A message with a reply address gets an error reply. A message that `mustKeep` names becomes a dead letter
    /// (contract section 1).
    private mutating func refuse(
        _ candidate: Candidate<State>, _ message: Message, _ key: MessageKey, _ refusal: Refusal
    ) {
        if let letter = candidate.letter {
            redrivenInVain.append(letter)
            counts.refused += 1
            return
        }
        var reply: String?
        if message.replyAddress != nil {
            let data = errorData(refusal)
            answer(message, data, isHeld: false)
            reply = data.serialized
        }
        if mustKeep(message, refusal) { bury(candidate.incoming, refusal) } else { counts.refused += 1 }
        note(key, InboxRow(bodyHash: message.bodyHash, reply: reply, isHeld: false))
    }

    private func mustKeep(_ message: Message, _ refusal: Refusal) -> Bool {
        switch message.exchange {
        case .contacts, .facts: true
        case .internal: message.replyAddress == nil
        case .requests:
            message.replyAddress == nil && [.malformed, .invalidField, .tooLarge, .failed].contains(refusal.code)
        }
    }

    /// Refuses a message whose envelope cannot be parsed. It has no readable id, so it gets no inbox row.
    private mutating func refuseUnread(_ incoming: Incoming, _ refusal: Refusal) {
        let isRequest = [Exchange.requests.rawValue, Exchange.internal.rawValue].contains(incoming.delivery.exchange)
        if let address = incoming.replyAddress {
            departures.append(.direct(errorReply(to: incoming, address, refusal, from: service, id: newID(), at: now)))
            if isRequest {
                counts.refused += 1
                return
            }
        }
        bury(incoming, refusal)
    }

    /// Adds an inbox row. A reading request that is repeated has a row already.
    private mutating func note(_ key: MessageKey, _ row: InboxRow) {
        if seen[key] == nil, newInbox[key] == nil { newInbox[key] = row }
    }

    /// Carries out the effects of a decision and returns the reply to store for repetitions.
    private mutating func follow(
        _ effects: [Effect], of message: Message, for user: UserID?
    ) -> (text: String, isHeld: Bool)? {
        var kept: (text: String, isHeld: Bool)?
        for effect in effects {
            switch effect {
            case .fact(let type, let data):
                depart(.facts, type, subject: message.event.subject, data, because: message.traceparent)
            case .identifiedFact(let id, let type, let data):
                depart(.facts, type, id: id, subject: message.event.subject, data, because: message.traceparent)
            case .order(let type, let subject, let data):
                depart(.internal, type, subject: subject, data, because: message.traceparent)
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
                departures.append(.computed(ReplyTarget(message.event, address), expires: false, make))
            case .answerOnce(let make):
                kept = (errorData(answeredBefore).serialized, false)
                guard let address = message.replyAddress else { continue }
                departures.append(.computed(ReplyTarget(message.event, address), expires: true, make))
            case .job(let data, let afterLeases): begin(message, data, user, isHeld: afterLeases)
            case .itemDone(let job, let number, let outcome):
                jobs.outcomes.append(ItemOutcome(job: job, number: number, outcome: outcome))
            case .beginEpoch: beginsEpoch = true
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
        _ exchange: Exchange, _ type: String, id: UUID? = nil, subject: String, _ data: JSON,
        because traceparent: String?
    ) {
        let event = Event(
            id: id ?? newID(), source: service.source, type: type, subject: subject, time: now,
            sequence: UInt64(nextNumber), data: data)
        departures.append(
            .row(
                OutboxRow(
                    number: nextNumber, messageID: event.id, exchange: exchange.rawValue, routingKey: type,
                    subject: subject, correlation: nil, traceparent: traceparent, isHeld: false,
                    body: event.bytes)))
        nextNumber += SequenceNumber.step
    }

    private mutating func answer(_ message: Message, _ data: JSON, isHeld: Bool) {
        guard let address = message.replyAddress else { return }
        answer(ReplyTarget(message.event, address), data, isHeld: isHeld, because: message)
    }

    /// Replies to an earlier request at each address at which it or a repetition waits.
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
        let id = newID()
        let reply = replyBody(to: target, data, from: service, id: id, at: now)
        departures.append(
            .row(
                OutboxRow(
                    number: nextNumber, messageID: id, exchange: "", routingKey: target.address.queue,
                    subject: target.subject, correlation: target.address.correlation,
                    traceparent: because.traceparent, isHeld: isHeld, body: reply)))
        nextNumber += SequenceNumber.step
    }

    private mutating func answer(_ target: ReplyTarget, _ refusal: Refusal, _ message: Message) {
        answer(target, errorData(refusal), isHeld: false, because: message)
    }

    /// Stores the message as a dead letter and publishes `message.refused`. Its publisher may not wait for a reply.
    private mutating func bury(_ incoming: Incoming, _ refusal: Refusal) {
        counts.dead += 1
        if let outcome = ItemOutcome(refused: incoming.delivery, refusal, by: service) { jobs.outcomes.append(outcome) }
        let letter = Letter(id: newLetterID(), incoming, refusal, sensitive: sensitiveFields, room: letterRoom)
        guard letters[letter.key] == nil else {
            letters[letter.key]?.count += 1
            return
        }
        letterRoom -= Int64(letter.body?.count ?? 0)
        letters[letter.key] = letter
        depart(
            .facts, Letter.factType, subject: incoming.contact ?? "-", letter.fact(by: service),
            because: incoming.traceparent)
    }

    /// Ids rise within the batch, so that the letters of a contact keep their order.
    private func newLetterID() -> UUID {
        let place = letters.count
        return .timeOrdered(at: now, random: [UInt8(place >> 8 & 0xF), UInt8(place & 0xFF)] + Random.bytes(8))
    }

    private func newID() -> UUID { Messaging.newID(at: now) }
}

extension [Effect] {
    fileprivate var refusal: Refusal? {
        for case .refuse(let refusal) in self { return refusal }
        return nil
    }

    fileprivate var tellsFact: Bool {
        contains { effect in
            switch effect {
            case .fact, .identifiedFact: true
            case .order, .answer, .answerAfterLeases, .answerKept, .answerLater, .answerOnce, .job, .itemDone,
                .beginEpoch, .refuse:
                false
            }
        }
    }
}
