import Logging
import Messaging
import Models
import NotifierDomain
import PostgreSQL
import ServiceKit
import ServiceLifecycle

/// Time between two searches for lost claims and unpublished outcomes.
private let sweepInterval = Duration.seconds(3)

/// Database connections for mails: for claims and for results in parallel.
private let mailConnections = 4

/// Hands mails over: several workers, each with a connection to the mail server, and a sweep for lost claims.
struct HandOver: Service {
    private let host: Host
    private let pool: Pool
    private let queue: MailQueue
    private let lost: LostClaims
    private let recorder: HandOverRecorder
    private let reporter: OutcomeReporter
    private let presence: InstancePresence
    private let workers: [HandOverWorker]
    private let transports: [any MailTransport]
    private let stop: StopFlag

    /// Creates one worker per transport.
    init(_ host: Host, writer: MailWriter, transports: [any MailTransport]) {
        let stop = StopFlag()
        let pool = Pool(
            host.database, name: host.instance.connection("mails"), size: mailConnections, limits: .batches)
        let queue = MailQueue(pool: pool)
        let reporter = OutcomeReporter(host)
        let recorder = HandOverRecorder(host: host, queue: queue, reporter: reporter)
        self.host = host
        self.pool = pool
        self.queue = queue
        lost = LostClaims(pool: pool)
        self.recorder = recorder
        self.reporter = reporter
        presence = InstancePresence(host)
        self.stop = stop
        self.transports = transports
        let tracking = TrackingGate(host.settings, asker: host.asker, log: host.log)
        workers = transports.enumerated().map { number, transport in
            HandOverWorker(
                host: host, queue: queue, addresses: CampaignAddresses(pool: pool), tracking: tracking,
                writer: writer, transport: transport, recorder: recorder, stop: stop,
                thread: .start(name: "mail-\(number)"))
        }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            // Presence lasts until all results are written, so that no other instance takes over this instance's mails
            // before.
            let shown = Task { await presence.show() }
            await withTaskGroup(of: Void.self) { group in
                for worker in workers { group.addTask { await worker.run() } }
                group.addTask { await sweep() }
            }
            await recorder.finish()
            shown.cancel()
            await pool.close()
        } onGracefulShutdown: {
            stop.raise()
            for transport in transports { transport.stop() }
        }
    }

    private func sweep() async {
        var signs = SignsOfLife()
        while !stop.isRaised, !Task.isCancelled {
            do {
                try await takeBackLost(&signs)
                if reporter.hasRoom { reporter.tell(try await queue.untold()) }
            } catch {
                signs.forget()
                host.log.warning(
                    "searching for lost claims and unpublished mail outcomes failed; trying again in 3 s",
                    metadata: ["error": "\(error)"])
            }
            await stop.pause(sweepInterval)
        }
    }

    private func takeBackLost(_ signs: inout SignsOfLife) async throws {
        for silent in signs.look(at: try await lost.takeBackRunOut(host.instance.id)) {
            guard await presence.isConnected(silent) != false else { continue }
            signs.noteConnected(silent)
            host.log.warning(
                "an instance stopped writing its heartbeat but may still run; its claimed mails stay claimed",
                metadata: ["instance": "\(silent.text)"])
        }
        for instance in signs.gone {
            host.log.warning(
                "an instance stopped without finishing its claimed mails; releasing its claims",
                metadata: ["instance": "\(instance.text)"])
        }
        try await lost.takeBack(from: signs.gone)
    }
}
