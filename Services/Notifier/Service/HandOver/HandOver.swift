import Logging
import Messaging
import Models
import NotifierDomain
import PostgreSQL
import ServiceKit
import ServiceLifecycle

/// Between two looks at claims that were lost and at outcomes that nobody was told of.
private let sweepInterval = Duration.seconds(3)

/// Connections to the database for mails: claims beside what they came to.
private let mailConnections = 4

/// Hands mails over beside the messages: several workers, each with a connection to the mail server, and a sweep.
struct HandOver: Service {
    private let host: Host
    private let pool: Pool
    private let queue: MailQueue
    private let recorder: HandOverRecorder
    private let reporter: OutcomeReporter
    private let workers: [HandOverWorker]
    private let transports: [any MailTransport]
    private let stop: StopFlag

    /// One worker for each transport.
    init(_ host: Host, writer: MailWriter, transports: [any MailTransport]) {
        let stop = StopFlag()
        let pool = Pool(
            host.database, name: host.instance.connection("mails"), size: mailConnections, limits: .batches)
        let queue = MailQueue(pool)
        let reporter = OutcomeReporter(host)
        let recorder = HandOverRecorder(host: host, queue: queue, reporter: reporter, stop: stop)
        self.host = host
        self.pool = pool
        self.queue = queue
        self.recorder = recorder
        self.reporter = reporter
        self.stop = stop
        self.transports = transports
        workers = transports.enumerated().map { number, transport in
            HandOverWorker(
                host: host, queue: queue, writer: writer, transport: transport, recorder: recorder, stop: stop,
                thread: .start(name: "mail-\(number)"))
        }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                for worker in workers { group.addTask { await worker.run() } }
                group.addTask { await sweep() }
            }
            await recorder.finish()
            await pool.close()
        } onGracefulShutdown: {
            stop.raise()
            for transport in transports { transport.stop() }
        }
    }

    private func sweep() async {
        while !stop.isRaised, !Task.isCancelled {
            do {
                try await queue.takeBackLost(host.instance.id)
                reporter.tell(try await queue.untold())
            } catch {
                host.log.warning("lost claims wait", metadata: ["error": "\(error)"])
            }
            await stop.pause(sweepInterval)
        }
    }
}
