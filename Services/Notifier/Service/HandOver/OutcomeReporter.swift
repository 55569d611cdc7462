import Cryptography
import FoundationEssentials
import Logging
import Messaging
import Metrics
import Models
import NotifierDomain
import RabbitMQ
import ServiceKit

/// Pause after each published batch, so that partitions process many outcomes at once.
private let pause = Duration.milliseconds(250)
/// Maximum queued outcomes. On overflow the rows still say that nothing was published, and the sweep finds them.
private let waitingLimit = 2000

/// Notifies the contacts' partitions that mails ended; the partitions publish the facts. Notices are idempotent, and
/// the sweep repeats a lost notice from the mail's row.
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

    /// Counts an outcome that was just written, and queues its notice.
    func report(_ outcome: MailOutcome, of mail: ClaimedMail) {
        // A reason is a constant, a status or an SMTP code: the label has few values.
        Counter(
            label: "assent_mails_total",
            dimensions: [("outcome", outcome.result.rawValue), ("reason", outcome.reason ?? "")]
        ).increment()
        tell([(mail.id, mail.contact)])
    }

    /// Whether more outcomes can be queued.
    var hasRoom: Bool { tellings.count < waitingLimit }

    /// Queues notices of mails that ended; returns at once.
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

    /// Returns when all queued notices were published or given up.
    func finish() async { await tellings.finish() }
}

/// A new id (version 7).
func newID() -> UUID { .timeOrdered(at: .now, random: Random.bytes(10)) }
