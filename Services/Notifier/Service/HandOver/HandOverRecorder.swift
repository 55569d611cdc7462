import FoundationEssentials
import Logging
import Messaging
import Metrics
import Models
import NotifierDomain
import ServiceKit

/// Between attempts to write something down.
private let pause = Duration.milliseconds(300)
/// For how long it is tried, and once the process drains; after that the claim decides (N3).
private let patience = Duration.seconds(30), lastPatience = Duration.seconds(1)

/// Writes down what becomes of mails, for all workers in one transaction at a time, then tells the contacts'
/// partitions, where the facts are made.
///
/// Whoever has a note has all written that they said before it: so each worker has at most one mail that is noted and
/// whose outcome is not (N3).
struct HandOverRecorder: Sendable {
    private let records: Batches<HandOverRecord>
    private let reporter: OutcomeReporter

    /// Gives up early once `stop` is raised.
    init(host: Host, queue: MailQueue, reporter: OutcomeReporter, stop: StopFlag) {
        self.reporter = reporter
        records = Batches { records in
            do {
                let held = try await queue.write(records)
                for record in records {
                    // What is not the claim's any more is another's to note and to end.
                    record.waiter?.give(held.noted.contains(record.mail.id) ? nil : .claimLost)
                    guard let outcome = record.outcome, held.ended.contains(outcome.mail) else { continue }
                    reporter.report(outcome, of: record.mail.contact)
                }
                return []
            } catch {
                host.log.warning("what mails came to is not written yet", metadata: ["error": "\(error)"])
                for record in records { record.waiter?.give(.unreachable) }
                // Nobody cancels the task.
                try? await Task.sleep(for: pause)
                let oldest = ContinuousClock.now - (stop.isRaised ? lastPatience : patience)
                return records.filter { $0.waiter == nil && $0.madeAt > oldest }
            }
        }
    }

    /// Notes that a mail's end is about to be sent. Blocks the calling thread, which must be a worker's, until that is
    /// committed; else answers why the mail is withheld.
    func note(_ mail: ClaimedMail) -> Gate.Withheld? {
        let waiter = Awaited<Gate.Withheld?>()
        records.add([HandOverRecord(mail: mail, event: .noted(waiter))])
        return waiter.wait()
    }

    /// Ends a mail.
    func end(_ mail: ClaimedMail, _ result: MailOutcome.Result, _ reason: String? = nil) {
        records.add([HandOverRecord(mail: mail, event: .ended(result, reason: reason))])
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
