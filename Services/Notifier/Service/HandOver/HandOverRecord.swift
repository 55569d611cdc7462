import NotifierDomain

/// What is to be written down about a mail that a worker has claimed.
struct HandOverRecord: Sendable {
    /// What became of it.
    enum Event: Sendable {
        /// Its end is about to be sent (N3); somebody waits to hear that this stands, and else why it must not be.
        case noted(Awaited<Gate.Withheld?>)
        /// It ended.
        case ended(MailOutcome)
        /// It is tried again after the pause, and the attempt counts or does not.
        case postponed(Duration, counts: Bool)
    }

    let mail: ClaimedMail
    let event: Event

    /// Who waits for a note.
    var waiter: Awaited<Gate.Withheld?>? {
        guard case .noted(let waiter) = event else { return nil }
        return waiter
    }

    /// How the mail ended.
    var outcome: MailOutcome? {
        guard case .ended(let outcome) = event else { return nil }
        return outcome
    }

    /// For how long the mail waits.
    var postponement: (pause: Duration, counts: Bool)? {
        guard case .postponed(let pause, let counts) = event else { return nil }
        return (pause, counts)
    }
}
