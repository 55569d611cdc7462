import NotifierDomain

/// A change of a claimed mail's state to write to the database.
struct HandOverRecord: Sendable {
    /// The change.
    enum Event: Sendable {
        /// The end of the mail's data is about to be sent (N3). The waiter gets nil once this is committed, else the
        /// reason why the mail must be withheld.
        case noted(Awaited<Gate.Withheld?>)
        /// The mail ended.
        case ended(MailOutcome)
        /// The mail is retried after the pause; `counts`: the attempt is counted.
        case postponed(Duration, counts: Bool)
    }

    let mail: ClaimedMail
    let event: Event

    /// The waiter of a note; nil for other changes.
    var waiter: Awaited<Gate.Withheld?>? {
        guard case .noted(let waiter) = event else { return nil }
        return waiter
    }

    /// The outcome of an ended mail; nil for other changes.
    var outcome: MailOutcome? {
        guard case .ended(let outcome) = event else { return nil }
        return outcome
    }

    /// The pause of a postponed mail; nil for other changes.
    var postponement: (pause: Duration, counts: Bool)? {
        guard case .postponed(let pause, let counts) = event else { return nil }
        return (pause, counts)
    }
}
