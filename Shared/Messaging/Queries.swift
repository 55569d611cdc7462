import AsyncAlgorithms
import Logging
import Metrics
package import Models
package import PostgreSQL
import RabbitMQ
import Settings

/// Deliveries that ended with the process before a question becomes a dead letter without being parsed.
private let maximumTrials = 10
/// After this time the asker no longer waits for the answer (contract section 1). The broker drops older questions in
/// its queue.
let longestWait = Duration.seconds(60)

extension Candidate {
    /// Whether the message is a reading request that has waited here for too long, so that it is dropped.
    var isStale: Bool {
        guard case .success(let content) = content, content.isReading else { return false }
        return .now - incoming.delivery.receivedAt >= longestWait
    }
}

/// The resources for the questions of one exchange: queue, consumer, database connections and publisher. Questions in
/// one lane do not delay those in the other.
struct QueryLane: Sendable {
    /// The lane's name in connection names.
    let name: String
    let prefetch: UInt16
    /// Limits the questions that are answered at the same time, in order of arrival; nil: only the prefetch limits
    /// them.
    let permits: FairSemaphore?
    /// Database connections for reading.
    let connections: Int

    /// The lane for the suite's services. There are few messages, with some hundred contacts at most, and a page or a
    /// mail waits for the answer.
    static var inside: QueryLane { QueryLane(name: "questions", prefetch: 64, permits: nil, connections: 4) }

    /// The lane for other accounts, which may send any number of questions. Two at a time use the database's processors
    /// fully. A slow one, such as an audit, lets the next one start after two seconds.
    static var outside: QueryLane {
        QueryLane(name: "queries", prefetch: 16, permits: FairSemaphore(2, patience: .seconds(2)), connections: 4)
    }
}

/// Answers one type of question outside of the batches, on any instance.
package protocol QueryHandler<Environment>: MessageHandler {
    /// The settings and keys that the handler needs besides the message.
    associatedtype Environment: Sendable
    /// Whether the answer permits something. It is refused while the database may lack an objection (X5).
    static var isPermission: Bool { get }
    /// Whether every service receives the question. The service that the data's member `service` names answers it,
    /// consent if it names none.
    static var namesService: Bool { get }
    /// Returns the result. A thrown `Refusal` is the answer; any other error is answered as `unavailable`.
    func answer(_ context: QueryContext<Environment>) async throws -> JSON
}

extension QueryHandler {
    /// Default: the answer permits nothing.
    package static var isPermission: Bool { false }
    /// Default: one service receives the question.
    package static var namesService: Bool { false }
    /// Default: 1 MiB, since most questions name several contacts.
    package static var bodyLimit: Int { severalContactsBodyLimit }
}

/// The input of a query handler.
package struct QueryContext<Environment: Sendable>: Sendable {
    /// Settings and keys of the service.
    package let environment: Environment
    package let message: Message
    /// Connections for reading. Each statement begins after the question arrived (X3).
    package let pool: Pool
    /// The current time of the system's clock.
    package let now: Timestamp
    /// Serves the operator's requests about dead letters.
    var letterDesk: LetterDesk?
}

/// The query handlers of a service, by type.
package struct QueryRegistry<Environment: Sendable>: Sendable {
    struct Entry: Sendable {
        let isPermission: Bool
        let namesService: Bool
        let rule: ReadingRule<any QueryHandler<Environment>>
    }

    private(set) var entries: [String: Entry] = [:]
    private(set) var expected: [String: ExpectedType] = [:]

    /// Creates an empty registry.
    package init() {}

    /// Registers a handler.
    package mutating func add<H: QueryHandler>(_ handler: H.Type) where H.Environment == Environment {
        precondition(entries[H.type] == nil, "two handlers for \(H.type)")
        expected[H.type] = ExpectedType(handler)
        entries[H.type] = Entry(
            isPermission: H.isPermission, namesService: H.namesService,
            rule: ReadingRule(isAboutOneContact: false, permission: H.permission) {
                (reader) throws(Refusal) in try H(reading: reader)
            })
    }

    /// The types and their exchanges.
    package var types: [(Exchange, type: String)] {
        expected.map { ($0.value.exchange, $0.key) }.sorted { $0.type < $1.type }
    }
}

/// Answers questions from a queue that all instances consume.
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

    /// Runs until `stop` is fired and the answers in progress are finished.
    func run() async {
        await holdSessions(until: stop) {
            try await session()
        } onError: { error in
            runtime.log.warning(
                "the consumer of questions failed; opening another in 5 s at most",
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

    /// Answers each delivery in a task of its own and acknowledges it alone.
    ///
    /// A slow answer, such as an audit, then delays no other. As many tasks run as the prefetch allows. When the
    /// process drains, the task group waits for the answers in progress.
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

    /// Answers a question when it has a permit. One that waited too long is dropped, because its asker no longer waits.
    /// Returns false if the question must be left to another instance.
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

    /// Refuses a permission while the database may have lost an objection, until other services were asked (X5). Called
    /// after the answer was read, so that a restart before the read is detected.
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
                "answering a question failed; replying unavailable",
                metadata: ["type": "\(message.event.type)", "error": "\(error)"])
            throw Refusal(.unavailable, "the answer could not be made; ask again")
        }
    }

    /// Stores a question as a dead letter and notifies its publisher. Returns false if the process ends before; the
    /// question is then not acknowledged.
    private func keep(_ incoming: Incoming, _ refusal: Refusal) async -> Bool {
        while !stop.isFired {
            do {
                return try await letters.keep([(incoming, refusal)])
            } catch {
                runtime.log.warning(
                    "storing a dead letter failed; retrying in a second", metadata: ["error": "\(error)"])
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
            runtime.log.warning("publishing an answer was cancelled; the answer is dropped")
        }
    }
}
