import FoundationEssentials
import Logging
import Messaging
import Metrics
import Models
import NotifierDomain
import PostgreSQL
import ServiceKit

/// Between attempts to write something down.
private let pause = Duration.milliseconds(300)
/// Records that may wait before no further mail is claimed: what all workers may hold.
private let waitingLimit = 1000

/// Writes down what becomes of mails, for all workers in one transaction at a time, then tells the contacts'
/// partitions, where the facts are made.
///
/// What a mail came to is kept until the database has it, however long that takes: the row stays noted until then, and
/// no other instance takes it while this one lives (N3). That is bounded, because nothing is handed over without a
/// note, and a note is written behind all that the workers said before it: each worker has at most one mail that is
/// noted and whose outcome is not written.
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
                // One record that the database refuses must not keep the others.
                if (error as? DatabaseError)?.isRetriable == false {
                    rest = await Self.writeOneByOne(rest, queue, reporter, host.log)
                }
                // Nobody cancels the task.
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
            // What is not the claim's any more is another's to note and to end.
            record.waiter?.give(held.noted.contains(record.mail.id) ? nil : .claimLost)
            guard let outcome = record.outcome, held.ended.contains(record.mail.id) else { continue }
            reporter.report(outcome, of: record.mail)
        }
    }

    /// Outcomes wait for the database: nothing new is to be claimed.
    var isBehind: Bool { records.count >= waitingLimit }

    /// Notes that a mail's end is about to be sent. Blocks the calling thread, which must be a worker's, until that is
    /// committed; else answers why the mail is withheld.
    func note(_ mail: ClaimedMail) -> Gate.Withheld? {
        let waiter = Awaited<Gate.Withheld?>()
        records.add([HandOverRecord(mail: mail, event: .noted(waiter))])
        return waiter.wait()
    }

    /// Ends a mail.
    func end(_ mail: ClaimedMail, _ outcome: MailOutcome) {
        records.add([HandOverRecord(mail: mail, event: .ended(outcome))])
    }

    /// Puts a mail back after an attempt of the mail server's.
    func tryAgain(_ mail: ClaimedMail, after pause: Duration) {
        records.add([HandOverRecord(mail: mail, event: .postponed(pause, counts: true))])
    }

    /// Puts mails back that were not attempted, or not by the mail server's doing.
    func putBack(_ mails: [ClaimedMail], for pause: Duration) {
        records.add(mails.map { HandOverRecord(mail: $0, event: .postponed(pause, counts: false)) })
    }

    /// Returns when all is written and told.
    func finish() async {
        await records.finish()
        await reporter.finish()
    }
}
