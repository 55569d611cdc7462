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

/// Tells the contacts' partitions how mails ended; there the facts are made. What is told twice counts once.
struct OutcomeReporter: Sendable {
    private let tellings: Batches<OutgoingMessage>
    private let service: SuiteService

    init(_ host: Host) {
        service = host.service
        tellings = Batches(pause: pause) { messages in
            do {
                try await host.publisher.publish(messages)
            } catch {
                host.log.warning("outcomes are told later", metadata: ["count": "\(messages.count)"])
            }
            return []
        }
    }

    /// Counts an outcome that was just written, and tells it.
    func report(_ outcome: MailOutcome, of contact: ContactID) {
        // Why a mail was not sent is a word of ours, a status, or an SMTP code: a small set.
        Counter(
            label: "assent_mails_total",
            dimensions: [("outcome", outcome.result.rawValue), ("reason", outcome.reason ?? "")]
        ).increment()
        tell([(contact, outcome)])
    }

    /// Tells outcomes; returns at once.
    func tell(_ outcomes: [(contact: ContactID, outcome: MailOutcome)]) {
        tellings.add(
            outcomes.map { contact, outcome in
                let event = Event(
                    id: newID(), source: service.source, type: MailOutcome.type, subject: contact.text, time: .now,
                    data: outcome.json)
                return OutgoingMessage(event, on: .internal, by: service)
            })
    }

    /// Returns when all was told.
    func finish() async { await tellings.finish() }
}

/// A new id (version 7).
func newID() -> UUID { .timeOrdered(at: .now, random: Random.bytes(10)) }
