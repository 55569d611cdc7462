import FoundationEssentials
package import Logging
package import Models
package import PostgreSQL
package import RabbitMQ
import Synchronization

/// The configuration and resources that the workers of a service share.
package struct Runtime<Store: AggregateStore>: Sendable {
    package let service: SuiteService
    /// The id and name of this process, used in connection names and in the database.
    package let instance: InstanceName
    package let broker: BrokerAddress
    /// The database's address, with the service's own role.
    package let database: DatabaseAddress
    /// The number of partitions.
    package let partitions: Int
    /// Messages of one transaction at most.
    package let batchMessages: Int
    package let registry: Registry<Store.State>
    /// The work of each type of job.
    package let jobs: [String: any JobWork]
    /// Loads and saves the contacts' states.
    package let store: Store
    /// The settings and keys that the handlers need.
    package let environment: Store.State.Environment
    /// Verifies users' tokens.
    package let tokens: any TokenVerifier
    /// Names of the fields whose values must not be stored in a dead letter.
    package let sensitiveFields: SensitiveNames
    /// Publishes the messages between the suite's services.
    package let publisher: Publisher
    /// Publishes replies over a connection of its own. The broker may close it over the name of an asker's queue.
    let replies: Publisher
    /// Publishes facts without delaying other work.
    let facts: FactRelay
    /// Seals the bodies of dead letters.
    let letterSeal: LetterSeal
    /// Bytes of bodies that all dead letters may store together.
    let letterBytes: Int64
    /// The retention time of dead letters.
    let letterLife: Duration
    /// Wakes `Recovery` to check the database at once.
    let epochWakes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// The questions to other services after a possible loss of commits.
    let recalls: [any Recall<Store.State>]
    package let log: Logger
    /// Limits how many partitions process a large batch at the same time. More would share the same processors, need
    /// more memory and delay single requests. The permit ends after 100 ms, because a batch that takes longer mostly
    /// waits for a lock or the broker, so that another batch may begin.
    let largeBatches: FairSemaphore

    package init(
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

    /// Verifies and parses a delivery without any state.
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

/// The rules for storing dead letters.
package struct LetterRules: Sendable {
    let seal: LetterSeal
    let bytes: Int64
    let life: Duration

    /// Creates the rules.
    ///
    /// - Parameters:
    ///   - bytes: bytes of bodies that all of the service's letters may store together.
    ///   - life: the retention time of a letter.
    package init(seal: LetterSeal, bytes: Int64, life: Duration) {
        self.seal = seal
        self.bytes = bytes
        self.life = life
    }
}
