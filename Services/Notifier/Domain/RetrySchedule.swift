import Models

/// When a mail that the mail server did not take yet is tried again (N3).
public enum RetrySchedule {
    /// Attempts at most.
    public static let attempts = delays.count + 1
    /// A mail older than this is not tried again.
    public static let longestLife = Duration.seconds(3 * 86_400)
    /// Growing, as mail servers expect it (RFC 5321 section 4.5.4.1): greylisting lifts after some minutes, a mail
    /// server that was away for a weekend is met again, and none that is back is waited for much longer than it was
    /// away.
    private static let delays: [Duration] =
        [5, 30, 120, 600, 1800].map { .seconds($0) } + [1, 2, 3, 4, 6, 8, 12, 24].map { .seconds($0 * 3600) }

    /// The pause after so many failed attempts, for a mail that was ordered `age` ago; nil: given up.
    public static func delay(afterAttempts count: Int, age: Duration) -> Duration? {
        guard count >= 1, count < attempts, count <= delays.count else { return nil }
        let delay = delays[count - 1]
        return age + delay <= longestLife ? delay : nil
    }

    /// How long the vault may not know a contact: a mail's order may overtake the contact's own message.
    public static let patienceForContact = Duration.seconds(600)
    /// Between two questions to the vault about a contact it does not know. It grows, so that a million mails to
    /// contacts that never come take little from the others.
    public static func pauseForContact(age: Duration) -> Duration { pause(age: age, atLeast: .seconds(3)) }
    /// How long a mail waits though the gate refused it for this reason: what the reason says may be about to change,
    /// since the contact's own messages are still on their way to opt-in.
    public static func patience(with reason: String) -> Duration {
        switch reason {
        case "unknown", GateAnswer.notYet: patienceForContact
        case "no-conversation": .seconds(5)
        default: .zero
        }
    }
    /// Between two questions to the gate in such a case; it grows likewise.
    public static func pauseForGate(age: Duration) -> Duration { pause(age: age, atLeast: .seconds(1)) }
    /// Between two attempts while something of the suite's own is away; these do not count.
    public static let pauseForSuite = Duration.seconds(2)
    /// While another mail of the campaign to the same address is being handed over (N4), which takes seconds.
    public static let pauseForAddress = Duration.seconds(2)

    private static func pause(age: Duration, atLeast shortest: Duration) -> Duration {
        min(max(shortest, age / 4), longestPause)
    }

    private static let longestPause = Duration.seconds(60)
}
