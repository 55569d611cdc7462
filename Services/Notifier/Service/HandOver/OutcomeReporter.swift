import Cryptography
import FoundationEssentials
import Logging
import Messaging
import Metrics
import Models
import NotifierDomain
import RabbitMQ
import ServiceKit

/// Behind each batch that was told: the partitions take many at the cost of one.
private let pause = Duration.milliseconds(250)
/// Outcomes that wait to be told. The others' rows say that nothing was told, and the sweep finds them.
private let waitingLimit = 2000

/// Tells the contacts' partitions that mails ended; there the facts are made. What is told twice counts once, and what
/// is not told is found by its row.
struct OutcomeReporter: Sendable {
    private let tellings: Batches<OutgoingMessage>
    private let service: SuiteService

    init(_ host: Host) {
        service = host.service
        tellings = Batches(pause: pause) { messages in
            do {
                try await host.publisher.publish(messages)
            } catch {
                host.log.warning(
                    "publishing mail outcomes failed; trying again after 15 s or more",
                    metadata: ["count": "\(messages.count)"])
            }
            return []
        }
    }

    /// Counts an outcome that was just written, and tells it.
    func report(_ outcome: MailOutcome, of mail: ClaimedMail) {
        // Why a mail was not sent is a word of ours, a status, or an SMTP code: a small set.
        Counter(
            label: "assent_mails_total",
            dimensions: [("outcome", outcome.result.rawValue), ("reason", outcome.reason ?? "")]
        ).increment()
        tell([(mail.id, mail.contact)])
    }

    /// More can wait to be told.
    var hasRoom: Bool { tellings.count < waitingLimit }

    /// Tells of mails that ended; returns at once.
    func tell(_ mails: [(mail: UUID, contact: ContactID)]) {
        guard hasRoom else { return }
        tellings.add(
            mails.map { mail, contact in
                let event = Event(
                    id: newID(), source: service.source, type: MailHandedHandler.type, subject: contact.text,
                    time: .now,
                    data: MailHandedHandler.data(mail))
                return OutgoingMessage(event, on: .internal, by: service)
            })
    }

    /// Returns when all was told.
    func finish() async { await tellings.finish() }
}

/// A new id (version 7).
func newID() -> UUID { .timeOrdered(at: .now, random: Random.bytes(10)) }
