import Logging
import Messaging
import Models
import Settings
import Synchronization

/// Timeout of the question; well below the lease, so that the mails do not wait for a slow answer.
private let answerLimit = Duration.milliseconds(500)
/// Time without questions after one that got no answer, so that an outage of consent slows no campaign.
private let pauseAfterFailure = Duration.seconds(10)

/// Asks consent at hand-over whose mails may carry a pixel and tracked links (C2). Without an answer a mail goes
/// without them. Shared by all workers.
final class TrackingGate: Sendable {
    /// Asks consent by message.
    typealias Ask = @Sendable (TrackingQuestion) async throws -> TrackingAnswer

    private let ask: Ask
    private let log: Logger
    private let pausedUntil = Mutex<ContinuousClock.Instant?>(nil)

    init(log: Logger, ask: @escaping Ask) {
        self.log = log
        self.ask = ask
    }

    /// Nil if the configuration declares no consent to tracking, so that nothing is asked.
    convenience init?(_ settings: Settings, asker: Asker, log: Logger) {
        guard settings.consents.contains(where: { $0.kind == .tracking }) else { return nil }
        self.init(log: log) { question in
            let data = try await asker.ask(
                TrackingQuestion.type, subject: "mails", question.json, timeout: answerLimit)
            return try TrackingAnswer(reading: try Reader(data, at: "/data"))
        }
    }

    /// Those of the contacts who allow tracking, within the lease of a question that was asked now (X3).
    func allowed(_ contacts: [ContactID]) async -> Set<ContactID> {
        guard !contacts.isEmpty, pausedUntil.withLock({ $0.map { $0 <= .now } ?? true }) else { return [] }
        do {
            return Set(try await ask(TrackingQuestion(contacts)).granted)
        } catch {
            log.warning(
                "asking which contacts allow tracking failed; campaigns go without tracking for 10 s",
                metadata: ["error": "\(error)"])
            pausedUntil.withLock { $0 = .now + pauseAfterFailure }
            return []
        }
    }
}
