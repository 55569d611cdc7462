import FoundationEssentials
public import Logging
public import Models
public import PostgreSQL
public import RabbitMQ
import Synchronization

/// What the workers of a service share.
public struct Runtime<Store: AggregateStore>: Sendable {
    /// Which service this is.
    public let service: SuiteService
    /// Names this process among the living, in connection names and in the database.
    public let instance: InstanceName
    /// The broker.
    public let broker: BrokerAddress
    /// The database, as the service's own role.
    public let database: DatabaseAddress
    /// The number of partitions.
    public let partitions: Int
    /// Messages of one transaction at most.
    public let batchMessages: Int
    /// The handlers.
    public let registry: Registry<Store.State>
    /// What is done for each type of job.
    public let jobs: [String: any JobWork]
    /// Loads and saves.
    public let store: Store
    /// What handlers need.
    public let environment: Store.State.Environment
    /// Verifies users' tokens.
    public let tokens: any TokenVerifier
    /// Fields whose values no dead letter may hold.
    public let sensitiveFields: SensitiveNames
    /// Publishes what the suite's services ask and tell each other.
    public let publisher: Publisher
    /// Publishes replies, over a connection of their own: the broker can die of the name of an asker's queue.
    let replies: Publisher
    /// Publishes facts, for which nothing waits.
    let facts: FactRelay
    /// Seals the bodies of dead letters.
    let letterSeal: LetterSeal
    /// Bytes of bodies that all dead letters keep at most.
    let letterBytes: Int64
    /// How long dead letters are kept.
    let letterLife: Duration
    /// Has the service look at once whether its database went back.
    let epochWakes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// What other services are asked then.
    let recalls: [any Recall<Store.State>]
    /// Logs.
    public let log: Logger
    /// Limits how many partitions work on a large batch at a time. More would share the same processors: each batch
    /// would be smaller and cost more, all would need memory, and single questions would wait. A batch that takes long
    /// waits for a lock or the broker, so that the next one may begin.
    let largeBatches: FairSemaphore

    /// Everything at once.
    public init(
        service: SuiteService, instance: InstanceName, broker: BrokerAddress, database: DatabaseAddress,
        partitions: Int, batchMessages: Int, registry: Registry<Store.State>, jobs: [String: any JobWork],
        store: Store, environment: Store.State.Environment,
        tokens: any TokenVerifier, sensitiveFields: SensitiveNames, publisher: Publisher, facts: FactRelay,
        letters: LetterRules,
        recalls: [any Recall<Store.State>], log: Logger
    ) {
        self.service = service
        self.instance = instance
        self.broker = broker
        self.database = database
        self.partitions = partitions
        self.batchMessages = batchMessages
        self.registry = registry
        self.jobs = jobs
        self.store = store
        self.environment = environment
        self.tokens = tokens
        self.sensitiveFields = sensitiveFields
        self.publisher = publisher
        replies = Publisher(broker, name: instance.connection("replies"), log: log)
        self.facts = facts
        letterSeal = letters.seal
        letterBytes = letters.bytes
        letterLife = letters.life
        self.recalls = recalls
        self.log = log
        largeBatches = FairSemaphore(
            max(2, ProcessInfo.processInfo.activeProcessorCount), patience: .milliseconds(100))
    }

    /// Reads a delivery as far as it can be read without the state.
    func candidate(_ delivery: Delivery) async -> Candidate<Store.State> {
        let incoming = Incoming(delivery, expecting: registry.expected)
        do throws(Refusal) {
            let message = try incoming.result.get()
            let read = try await tokens.read(message, by: registry.rules[message.event.type])
            let principal = Principal(user: read.verdict.user, account: message.account)
            return Candidate(
                incoming: incoming,
                content: .success(
                    .init(
                        message: message, verdict: read.verdict, prepared: read.content,
                        sharedKeys: read.content.sharedKeys(environment, principal),
                        unknownMember: read.unknownMember)))
        } catch {
            return Candidate(incoming: incoming, content: .failure(error))
        }
    }
}

/// What becomes of dead letters.
public struct LetterRules: Sendable {
    let seal: LetterSeal
    let bytes: Int64
    let life: Duration

    /// - Parameters:
    ///   - bytes: of bodies that all of the service's letters keep at most.
    ///   - life: after which a letter goes.
    public init(seal: LetterSeal, bytes: Int64, life: Duration) {
        self.seal = seal
        self.bytes = bytes
        self.life = life
    }
}
