import Cryptography
import FoundationEssentials
import Logging
import Messaging
import Metrics
import Models
import NotifierDomain
import RabbitMQ
import ServiceKit

/// Between attempts to write an outcome down.
private let pause = Duration.milliseconds(300)
/// Attempts: about half a minute, after which the claim decides (N3).
private let attemptLimit = 100

/// A mail whose hand-over ended.
struct Ended: Sendable {
    let mail: ClaimedMail
    let outcome: MailOutcome

    init(_ mail: ClaimedMail, _ result: MailOutcome.Result, _ reason: String?) {
        self.mail = mail
        outcome = MailOutcome(mail: mail.id, result: result, reason: reason)
    }
}

/// Writes outcomes into the mails' rows, then tells the contacts' partitions, where the facts are made.
struct OutcomeReporter: Sendable {
    let host: Host
    let queue: MailQueue
    let stop: StopFlag

    /// Ends mails under a claim; what is not the claim's any more is another's to end.
    func end(_ ended: [Ended], under claim: UUID) async {
        guard !ended.isEmpty, let held = await record(ended.map(\.outcome), under: claim) else { return }
        let kept = ended.filter { held.contains($0.mail.id) }
        for one in kept {
            // Why a mail was not sent is a word of ours, a status, or an SMTP code: a small set.
            Counter(
                label: "assent_mails_total",
                dimensions: [("outcome", one.outcome.result.rawValue), ("reason", one.outcome.reason ?? "")]
            ).increment()
        }
        await tell(kept.map { ($0.mail.contact, $0.outcome) })
    }

    /// Tells the partitions; what is told twice counts once.
    func tell(_ outcomes: [(contact: ContactID, outcome: MailOutcome)]) async {
        guard !outcomes.isEmpty else { return }
        do {
            try await host.publisher.publish(outcomes.map { message($0.contact, $0.outcome) })
        } catch {
            host.log.warning("outcomes are told later", metadata: ["count": "\(outcomes.count)"])
        }
    }

    /// Tries for a while: a mail that was sent and is not recorded as sent would end as unknown.
    private func record(_ outcomes: [MailOutcome], under claim: UUID) async -> Set<UUID>? {
        for attempt in 0..<attemptLimit {
            do {
                return try await queue.end(outcomes, under: claim)
            } catch {
                host.log.warning("outcomes are not recorded yet", metadata: ["error": "\(error)"])
                if stop.isRaised, attempt > 3 { return nil }
                await Task { try? await Task.sleep(for: pause) }.value
            }
        }
        return nil
    }

    private func message(_ contact: ContactID, _ outcome: MailOutcome) -> OutgoingMessage {
        let event = Event(
            id: newID(), source: host.service.source, type: MailOutcome.type, subject: contact.text, time: .now,
            data: outcome.json)
        return OutgoingMessage(event, on: .internal, by: host.service)
    }
}

/// A new id (version 7).
func newID() -> UUID { .timeOrdered(at: .now, random: Random.bytes(10)) }
