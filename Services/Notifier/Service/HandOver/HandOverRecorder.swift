import FoundationEssentials
import Logging
import Messaging
import Metrics
import Models
import NotifierDomain
import PostgreSQL
import ServiceKit

/// Time between two attempts to write to the database.
private let pause = Duration.milliseconds(300)
/// Maximum queued records before claiming stops: as many as all workers may hold.
private let waitingLimit = 1000

/// Writes changes of mails' states, for all workers in one transaction at a time, then notifies the contacts'
/// partitions, which publish the facts.
///
/// An outcome is kept in memory until the database has it, for any length of time. Until then the row stays noted, and
/// no other instance takes the mail over while this one is alive (N3). The memory is bounded: each hand-over needs a
/// note, and a note is written after all earlier records, so each worker has at most one noted mail without a written
/// outcome.
struct HandOverRecorder: Sendable {
    private let records: Batches<HandOverRecord>
    private let reporter: OutcomeReporter

    init(host: Host, queue: MailQueue, reporter: OutcomeReporter) {
        self.reporter = reporter
        records = Batches { records in
            do {
                Self.settle(records, try await queue.write(records), reporter)
                return []
            } catch {
                host.log.warning(
                    "writing mail states to the database failed; trying again in 300 ms",
                    metadata: ["error": "\(error)", "count": "\(records.count)"])
                for record in records { record.waiter?.give(.unreachable) }
                var rest = records.filter { $0.waiter == nil }
                // One record that the database refuses must not block the others.
                if (error as? DatabaseError)?.isRetriable == false {
                    rest = await Self.writeOneByOne(rest, queue, reporter, host.log)
                }
                // The task is never cancelled, so the sleep cannot fail.
                if !rest.isEmpty { try? await Task.sleep(for: pause) }
                return rest
            }
        }
    }

    private static func writeOneByOne(
        _ records: [HandOverRecord], _ queue: MailQueue, _ reporter: OutcomeReporter, _ log: Logger
    ) async -> [HandOverRecord] {
        var unwritten: [HandOverRecord] = []
        for record in records {
            do {
                settle([record], try await queue.write([record]), reporter)
            } catch {
                log.error(
                    "writing a mail's state to the database failed; keeping it in memory and trying again in 300 ms",
                    metadata: ["mail": "\(record.mail.id.text)", "error": "\(error)"])
                unwritten.append(record)
            }
        }
        return unwritten
    }

    private static func settle(
        _ records: [HandOverRecord], _ held: (ended: Set<UUID>, noted: Set<UUID>), _ reporter: OutcomeReporter
    ) {
        for record in records {
            // A mail that the claim no longer holds is noted and ended by another worker.
            record.waiter?.give(held.noted.contains(record.mail.id) ? nil : .claimLost)
            guard let outcome = record.outcome, held.ended.contains(record.mail.id) else { continue }
            reporter.report(outcome, of: record.mail)
        }
    }

    /// Too many records are queued: no new mails are claimed.
    var isBehind: Bool { records.count >= waitingLimit }

    /// Notes that the end of a mail's data is about to be sent. Blocks the calling thread, which must be a worker's,
    /// until this is committed; otherwise returns why the mail is withheld.
    func note(_ mail: ClaimedMail) -> Gate.Withheld? {
        let waiter = Awaited<Gate.Withheld?>()
        records.add([HandOverRecord(mail: mail, event: .noted(waiter))])
        return waiter.wait()
    }

    /// Ends a mail.
    func end(_ mail: ClaimedMail, _ outcome: MailOutcome) {
        records.add([HandOverRecord(mail: mail, event: .ended(outcome))])
    }

    /// Postpones a mail after a failed attempt, which is counted.
    func tryAgain(_ mail: ClaimedMail, after pause: Duration) {
        records.add([HandOverRecord(mail: mail, event: .postponed(pause, counts: true))])
    }

    /// Postpones mails that were not attempted, or that failed inside the suite; the attempt is not counted.
    func putBack(_ mails: [ClaimedMail], for pause: Duration) {
        records.add(mails.map { HandOverRecord(mail: $0, event: .postponed(pause, counts: false)) })
    }

    /// Returns when all records are written and published.
    func finish() async {
        await records.finish()
        await reporter.finish()
    }
}
