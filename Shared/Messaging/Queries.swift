import AsyncAlgorithms
import Logging
import Metrics
public import Models
public import PostgreSQL
import RabbitMQ
import Settings

/// Deliveries that ended with the process before a question is buried unread.
private let maximumTrials = 10
/// After so long nobody waits for the answer any more (contract section 1). The broker drops those older in its queue.
let longestWait = Duration.seconds(60)

extension Candidate {
    /// A reading request that has waited here for so long that it is dropped unanswered.
    var isStale: Bool {
        guard case .success(let content) = content, content.isReading else { return false }
        return .now - incoming.delivery.receivedAt >= longestWait
    }
}

/// One way in for questions, with a queue, a consumer, database connections and a publisher of its own: what comes by
/// one is in nobody's way on the other.
struct QueryLane: Sendable {
    /// In connection names.
    let name: String
    let prefetch: UInt16
    /// Questions answered at a time, in the order in which they came; nil: as many as the prefetch allows.
    let permits: FairSemaphore?
    /// Connections to read by.
    let connections: Int

    /// What the suite's services ask: few messages, of some hundred contacts at most, for which a page or a mail waits.
    static var inside: QueryLane { QueryLane(name: "questions", prefetch: 64, permits: nil, connections: 4) }

    /// What others ask, however much: two at a time keep the database's processors busy. One that takes long, such as
    /// an audit, makes room for the next.
    static var outside: QueryLane {
        QueryLane(name: "queries", prefetch: 16, permits: FairSemaphore(2, patience: .seconds(2)), connections: 4)
    }
}

/// The answer to one type of question that any instance can give beside the batches.
public protocol QueryHandler<Environment>: MessageHandler {
    /// What it needs beside the message.
    associatedtype Environment: Sendable
    /// The answer permits something: it is refused while the database may lack an objection (X5).
    static var isPermission: Bool { get }
    /// Every service gets it, and the one answers that the data's member `service` names; consent where it names none.
    static var namesService: Bool { get }
    /// The result; a `Refusal` is answered, anything else is `unavailable`.
    func answer(_ context: QueryContext<Environment>) async throws -> JSON
}

extension QueryHandler {
    /// It tells, and permits nothing.
    public static var isPermission: Bool { false }
    /// It has one queue.
    public static var namesService: Bool { false }
    /// 1 MiB: most questions name several contacts.
    public static var bodyLimit: Int { severalContactsBodyLimit }
}

/// What a question may be answered from.
public struct QueryContext<Environment: Sendable>: Sendable {
    /// Settings and keys of the service.
    public let environment: Environment
    /// The question.
    public let message: Message
    /// Connections to read by; each statement begins after the question arrived (X3).
    public let pool: Pool
    /// By the system's clock.
    public let now: Timestamp
    /// For the operator's requests about dead letters.
    var letterDesk: LetterDesk?
}

/// The query handlers of a service, by type.
public struct QueryRegistry<Environment: Sendable>: Sendable {
    struct Entry: Sendable {
        let isPermission: Bool
        let namesService: Bool
        let rule: ReadingRule<any QueryHandler<Environment>>
    }

    private(set) var entries: [String: Entry] = [:]
    private(set) var expected: [String: ExpectedType] = [:]

    /// No handler yet.
    public init() {}

    /// Registers a handler.
    public mutating func add<H: QueryHandler>(_ handler: H.Type) where H.Environment == Environment {
        precondition(entries[H.type] == nil, "two handlers for \(H.type)")
        expected[H.type] = ExpectedType(handler)
        entries[H.type] = Entry(
            isPermission: H.isPermission, namesService: H.namesService,
            rule: ReadingRule(isAboutOneContact: false, permission: H.permission) {
                (reader) throws(Refusal) in try H(reading: reader)
            })
    }

    /// The types, with the exchange of each.
    public var types: [(Exchange, type: String)] {
        expected.map { ($0.value.exchange, $0.key) }.sorted { $0.type < $1.type }
    }
}

/// Answers questions from a queue that all instances share.
struct QueryWorker<Store: AggregateStore>: Sendable {
    let runtime: Runtime<Store>
    let queries: QueryRegistry<Store.State.Environment>
    let lane: QueryLane
    let queue: String
    let pool: Pool
    let answers: Publisher
    let letters: LetterKeeper
    let desk: LetterDesk
    let stop: Signal

    /// Answers until `stop` is fired and what was begun is finished.
    func run() async {
        await holdSessions(until: stop) {
            try await session()
        } onError: { error in
            runtime.log.warning(
                "the consumer of questions ended; opening another",
                metadata: ["queue": "\(queue)", "error": "\(error)"])
        }
    }

    private func session() async throws {
        let connection = try await RabbitMQ.Connection.open(
            runtime.broker, name: runtime.instance.connection(lane.name))
        do {
            try await connection.consume(queue: queue, prefetch: lane.prefetch, limits: .ofQuestions)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await take(connection) }
                group.addTask { await stop.wait() }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    /// Each delivery is answered by a task of its own and acknowledged alone: a long answer, such as an audit, holds
    /// up no other. As many run as the prefetch allows. Answers begun when the process drains are finished, since a
    /// task group waits for its tasks.
    private func take(_ connection: RabbitMQ.Connection) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let deliveries: [Delivery]
                do {
                    deliveries = try await connection.deliveries(atMost: Int(lane.prefetch))
                } catch {
                    if stop.isFired { break }
                    throw error
                }
                for delivery in deliveries {
                    group.addTask {
                        let isDone = await Task { await answerInTurn(delivery) }.value
                        if isDone { connection.acknowledge(only: delivery.tag) }
                    }
                }
            }
        }
    }

    /// A question that waited too long is dropped: its asker has asked again or given up. False: it is left to another
    /// instance.
    private func answerInTurn(_ delivery: Delivery) async -> Bool {
        let permit = await lane.permits?.acquire()
        defer { permit?.release() }
        guard .now - delivery.receivedAt < longestWait else {
            Counter(label: "assent_questions_dropped_total").increment()
            return true
        }
        return await answer(delivery)
    }

    private func answer(_ delivery: Delivery) async -> Bool {
        let isSuspect = delivery.deliveryCount >= maximumTrials
        let suspect = Refusal(.failed, "the process ended each time it was tried")
        let incoming =
            isSuspect
            ? Incoming(unread: delivery, suspect) : Incoming(delivery, expecting: queries.expected)
        if queries.entries[delivery.routingKey]?.namesService == true {
            let data = try? incoming.result.get().event.data
            let named = data?["service"]?.text.flatMap(SuiteService.init(rawValue:)) ?? .consent
            guard named == runtime.service else { return true }
        }
        do throws(Refusal) {
            let message = try incoming.result.get()
            let result = try await result(message)
            guard let address = message.replyAddress else { return true }
            await publish([
                replyMessage(
                    to: ReplyTarget(message.event, address), okData(result), from: runtime.service,
                    id: newID(at: .now), at: .now)
            ])
        } catch {
            if let address = incoming.replyAddress {
                await publish([
                    errorReply(to: incoming, address, error, from: runtime.service, id: newID(at: .now), at: .now)
                ])
            } else if isSuspect || [.malformed, .invalidField, .tooLarge].contains(error.code) {
                return await keep(incoming, error)
            }
        }
        return true
    }

    /// A database that may have lost an objection permits nothing until other services were asked (X5). Looked at after
    /// the answer was read, so that it cannot have gone back before.
    private func requireCurrentDatabase() async throws {
        let behind = try await pool.run([
            Statement(
                """
                SELECT EXISTS (SELECT FROM partition
                    WHERE recover_from IS NOT NULL OR incarnation IS DISTINCT FROM incarnation())
                """)
        ])[0][0]
        if try behind.bool(0) {
            throw Refusal(
                .unavailable, "the database was restarted; other services are asked what they know; ask again")
        }
    }

    private func result(_ message: Message) async throws(Refusal) -> JSON {
        let entry = queries.entries[message.event.type]
        let read = try await runtime.tokens.read(message, by: entry?.rule)
        if let refusal = read.unknownMember { throw refusal }
        do {
            let answer = try await read.content.answer(
                QueryContext(
                    environment: runtime.environment, message: message, pool: pool, now: .now, letterDesk: desk))
            if entry?.isPermission == true { try await requireCurrentDatabase() }
            return answer
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            runtime.log.warning(
                "a question could not be answered",
                metadata: ["type": "\(message.event.type)", "error": "\(error)"])
            throw Refusal(.unavailable, "the answer could not be made; ask again")
        }
    }

    /// The question is acknowledged when its letter is kept and its publisher told. False: the process ends before.
    private func keep(_ incoming: Incoming, _ refusal: Refusal) async -> Bool {
        while !stop.isFired {
            do {
                return try await letters.keep([(incoming, refusal)])
            } catch {
                runtime.log.warning(
                    "a dead letter could not be kept; trying again", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
        return false
    }

    private func publish(_ messages: [OutgoingMessage]) async {
        guard !messages.isEmpty else { return }
        do {
            try await answers.publish(messages)
        } catch {
            runtime.log.warning("an answer was not published: the process ends")
        }
    }
}
