import CAllocator
package import Cryptography
import FieldMemory
import Foundation
package import Logging
package import Messaging
import Metrics
package import Models
package import PostgreSQL
package import RabbitMQ
package import ServiceLifecycle
package import Settings
import UnixSignals

/// The suite's release, as in connection names and in the list of running instances.
package let suiteVersion = "0.1.0"

/// The shutdown timeout, from SIGTERM to the process's end, even where broker or database keep the work from being
/// finished: unfinished work may be abandoned at any point (X5).
private let longestDrain = Duration.milliseconds(2400)
/// Connections that serve queries and pages.
private let poolSize = 6
/// The default number of partitions, chosen once for a database. The broker computes a contact's partition:
/// `hash(contact) % partitions`.
private let standardPartitions = 8

/// Arenas of the allocator: each keeps its threads' peak, and glibc makes up to eight for each core.
private let arenas: Int32 = 2
/// Larger blocks go back to the system when they are freed, and so does an arena's free end; left alone, glibc raises
/// both limits with the blocks it sees, up to 32 and 64 MiB.
private let largestKeptBytes: Int32 = 512 * 1024

/// The pause between attempts while the database is unreachable.
private let databasePause = Duration.milliseconds(300)

/// Runs a service around its handlers: configuration, database, broker, life cycle. A `Main.swift` is one call of
/// `run`.
package struct Host: Sendable {
    /// Which service this is.
    package let service: SuiteService
    /// Variables.
    package let environment: ServiceEnvironment
    /// The checked `assent.yaml`.
    package let settings: Settings
    package let broker: BrokerAddress
    /// The database, as the service's own role.
    package let database: DatabaseAddress
    /// The connections that serve queries and pages.
    package let pool: Pool
    /// The name of this process.
    package let instance: InstanceName
    /// Sends requests to other services.
    package let asker: Asker
    /// Publishes messages.
    package let publisher: Publisher
    /// Publishes facts, over a connection of its own.
    package let facts: FactRelay
    /// Logs.
    package let log: Logger
    /// The text that `settings` was read from.
    private let configuration: String

    /// A service's own part: handlers, jobs, companions.
    package struct Plan<Store: AggregateStore>: Sendable {
        /// Handlers of messages in the contacts' partitions.
        package var registry = Registry<Store.State>()
        /// Handlers of queries, which any instance answers.
        package var queries = QueryRegistry<Store.State.Environment>()
        /// The work of each type of job.
        package var jobs: [String: any JobWork] = [:]
        /// Questions to other services, asked when the database may have lost its last commits (X5).
        package var recalls: [any Recall<Store.State>] = []
        /// Services that run beside the message handling, such as the contacts' web.
        package var companions: [any Service] = []
        let store: Store
        let environment: Store.State.Environment

        /// A plan without handlers.
        package init(store: Store, environment: Store.State.Environment) {
            self.store = store
            self.environment = environment
        }
    }

    /// Runs a service until SIGTERM or SIGINT; ends the process with 1 where the configuration has mistakes.
    package static func run<Store: AggregateStore>(
        _ service: SuiteService, migrations: [Migration], plan: @Sendable (Host) async throws -> Plan<Store>
    ) async {
        limitAllocator()
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        LoggingSystem.bootstrap { _ in JSONLogHandler(label: service.rawValue) }
        let log = Logger(label: service.rawValue)
        do {
            let host = try Host(service, log: log)
            try await host.migrate(migrations)
            try await host.serve(try await plan(host), metrics: metrics)
            endProcess(0)
        } catch let errors as SettingsErrors {
            FileHandle.standardError.write(Data(errors.text(file: "assent.yaml").utf8))
            endProcess(1)
        } catch {
            log.critical("starting or running the service failed; the process exits", metadata: ["error": "\(error)"])
            endProcess(1)
        }
    }

    /// Calls `mallopt`, before there are threads. Where it refuses a value, glibc's default stays, which works as well.
    private static func limitAllocator() {
        _ = mallopt(M_ARENA_MAX, arenas)
        _ = mallopt(M_MMAP_THRESHOLD, largestKeptBytes)
        _ = mallopt(M_TRIM_THRESHOLD, largestKeptBytes)
    }

    private init(_ service: SuiteService, log: Logger) throws {
        self.service = service
        self.log = log
        environment = ServiceEnvironment()
        configuration = try environment.file("ASSENT_CONFIG")
        settings = try Settings.load(yaml: configuration)
        broker = try BrokerAddress(url: try environment.required("AMQP_URL"))
        database = try DatabaseAddress(url: try environment.required("DATABASE_URL"))
        instance = InstanceName(service: service, version: suiteVersion)
        pool = Pool(database, name: instance.connection("pool"), size: poolSize)
        asker = Asker(broker, name: instance.connection("asker"), service: service)
        publisher = Publisher(broker, name: instance.connection("publisher"), log: log)
        facts = FactRelay(broker, service: service, instance: instance, log: log)
    }

    /// A key file of the environment, versioned.
    package func keyRing(_ variable: String) throws -> KeyRing { try KeyRing(json: try environment.file(variable)) }

    /// A versioned key file of the environment, read again when it changes.
    package func keyRingFile(_ variable: String) throws -> KeyRingFile {
        try KeyRingFile(variable, in: environment, log: log)
    }

    /// Refuses, as `SettingsErrors`, a configuration that drops a sensitive field's mark or widens its mask (V6), and
    /// stores its own marks. Services that read profile keys call it before they read any.
    package func keepSensitiveFields() async throws {
        let memory = SensitiveFieldStore(pool: pool)
        try await checkConfiguration { try await memory.require(yaml: $0, at: .now) }
    }

    /// Checks the configuration's text against what the database remembers. Waits while the database is unreachable.
    package func checkConfiguration(_ check: (_ yaml: String) async throws -> Void) async throws {
        while true {
            do {
                return try await check(configuration)
            } catch let error as DatabaseError where error.isRetriable {
                log.warning(
                    "checking the configuration against the database failed; trying again in 300 ms",
                    metadata: ["error": "\(error)"])
                try await Task.sleep(for: databasePause)
            }
        }
    }

    /// Runs the migrations as the tables' owner, a role that the service itself does not have. Without the owner's
    /// address it does nothing: the migrations have to be run separately.
    private func migrate(_ migrations: [Migration]) async throws {
        guard let url = try environment.optional("DATABASE_OWNER_URL") else { return }
        try await Host.migrate(MessagingMigrations.all + migrations, to: try DatabaseAddress(url: url), log: log)
    }

    /// Applies migrations; waits while the database is unreachable.
    package static func migrate(_ migrations: [Migration], to owner: DatabaseAddress, log: Logger) async throws {
        while let error = await failure(of: migrations, on: owner) {
            guard error.isRetriable else { throw error }
            log.warning(
                "running the database migrations failed; trying again in 300 ms", metadata: ["error": "\(error)"])
            try await Task.sleep(for: databasePause)
        }
    }

    private static func failure(of migrations: [Migration], on owner: DatabaseAddress) async -> DatabaseError? {
        do throws(DatabaseError) {
            try await Migrations.apply(migrations, to: owner)
            return nil
        } catch {
            return error
        }
    }

    private func letterKeys() throws -> @Sendable () -> KeyRing {
        let file = try keyRingFile("LETTER_KEY_FILE")
        return { file.ring }
    }

    private func serve<Store: AggregateStore>(_ plan: Plan<Store>, metrics: PrometheusMetrics) async throws {
        let tokens = try await JWKSFile(environment, settings: settings, log: log)
        let runtime = Runtime(
            service: service, instance: instance, broker: broker, database: database,
            partitions: try environment.count(
                "PARTITIONS", standard: standardPartitions, atMost: SequenceNumber.mostPartitions),
            batchMessages: try environment.count("BATCH_MESSAGES", standard: largestBatch, atMost: largestBatch),
            registry: plan.registry, jobs: plan.jobs, store: plan.store, environment: plan.environment, tokens: tokens,
            sensitiveFields: settings.sensitiveNames,
            publisher: publisher, facts: facts,
            letters: LetterRules(
                seal: LetterSeal(try letterKeys()), bytes: settings.deadLetterBytes,
                life: settings.deadLettersKept), recalls: plan.recalls, log: log)
        let messaging = MessagingService(runtime, queries: plan.queries, pool: pool, asker: asker)
        let port = PrivatePort(
            address: try ListenAddress(try environment.required("HEALTH_ADDRESS"), variable: "HEALTH_ADDRESS"),
            metrics: metrics, log: log
        ) { [pool, publisher] in
            guard messaging.isReady, await publisher.isReady else { return false }
            return (try? await pool.run([Statement("SELECT 1")])) != nil
        }
        // The services stop in the opposite order: the shutdown timeout starts, then the companions that bring work
        // end, then the message handling, and the private port last.
        var services: [any Service] = [port.application, MessagingLife(messaging: messaging)]
        services += plan.companions
        services.append(DrainClock(log: log))
        let group = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
        try await group.run()
        await asker.close()
        await pool.close()
    }
}

/// The message handling as a service of the life cycle.
private struct MessagingLife<Store: AggregateStore>: Service {
    let messaging: MessagingService<Store>

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await messaging.run()
        } onGracefulShutdown: {
            messaging.drain()
        }
    }
}

/// Does not call `exit`, which cleans up libraries, OpenSSL first, while threads still use them: the process sometimes
/// crashed.
private func endProcess(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
}

/// Ends the process when the shutdown takes too long, for any reason.
private struct DrainClock: Service {
    let log: Logger

    func run() async throws {
        try await gracefulShutdown()
        Task {
            try await Task.sleep(for: longestDrain)
            log.warning(
                "the shutdown timeout of 2.4 s passed; exiting and leaving unfinished work to the next instance")
            endProcess(0)
        }
    }
}
