import Models

/// The back-off of a mail that the mail server has not accepted yet (N3).
package enum RetrySchedule {
    /// Maximum number of attempts.
    package static let attempts = delays.count + 1
    /// A mail older than this is not retried.
    package static let longestLife = Duration.seconds(3 * 86_400)
    /// The delays grow, as mail servers expect (RFC 5321 section 4.5.4.1): greylisting ends after some minutes, a mail
    /// server that was down for a weekend is retried, and the delay after its return is not much longer than its
    /// outage.
    private static let delays: [Duration] =
        [5, 30, 120, 600, 1800].map { .seconds($0) } + [1, 2, 3, 4, 6, 8, 12, 24].map { .seconds($0 * 3600) }

    /// The delay after this number of failed attempts, for a mail of this age; nil: the mail is given up.
    package static func delay(afterAttempts count: Int, age: Duration) -> Duration? {
        guard count >= 1, count < attempts, count <= delays.count else { return nil }
        let delay = delays[count - 1]
        return age + delay <= longestLife ? delay : nil
    }

    /// How long an unknown contact is retried: a mail's order may overtake the message that creates the contact.
    package static let patienceForContact = Duration.seconds(600)
    /// The delay between two questions to the vault about an unknown contact. It grows, so that a million mails to
    /// contacts that are never created cost little.
    package static func pauseForContact(age: Duration) -> Duration { pause(age: age, atLeast: .seconds(3)) }
    /// How long a mail is retried after the gate refused it for this reason: the reason may be temporary, if the
    /// contact's messages have not reached opt-in yet.
    package static func patience(with reason: String) -> Duration {
        switch reason {
        case "unknown", GateAnswer.notYet: patienceForContact
        case "no-conversation": .seconds(5)
        default: .zero
        }
    }
    /// The delay between two questions to the gate after such a refusal; it grows too.
    package static func pauseForGate(age: Duration) -> Duration { pause(age: age, atLeast: .seconds(1)) }
    /// The delay after a failure inside the suite; such attempts are not counted.
    package static let pauseForSuite = Duration.seconds(2)
    /// The delay while another mail of the campaign to the same address is being handed over (N4), which takes seconds.
    package static let pauseForAddress = Duration.seconds(2)

    private static func pause(age: Duration, atLeast shortest: Duration) -> Duration {
        min(max(shortest, age / 4), longestPause)
    }

    private static let longestPause = Duration.seconds(60)
}
