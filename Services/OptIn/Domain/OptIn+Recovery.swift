package import Models

extension OptIn {
    /// Restores a status that this database has lost and another service remembers (X5). Only a status that permits
    /// less is restored; a lost permission is not.
    ///
    /// A contact gets from `double-opt-in` to a weaker opt-in only after an opt-out or a change of address. Which one
    /// happened is unknown, so a lost form is treated as one after an opt-out: the contact must confirm (O7).
    ///
    /// - Parameter held: the opt-out in force when the form was submitted, if the other service knows it.
    package mutating func recover(
        _ lost: OptInStatus, held: OptInStatus? = nil, at now: Timestamp
    ) -> [Consequence] {
        let isUnknown = lost == .singleOptInWebform && status == .doubleOptIn
        let held = held ?? (isUnknown ? .optOutContact : nil)
        guard held == nil ? lost.permits < status.permits : !status.isOptOut && heldOptOut == nil else { return [] }
        create(at: now)
        endAsking()
        if (held ?? lost) == .optOutContact {
            optOutAddress()
        }
        heldOptOut = held
        return change(to: lost, by: .suite, .recovered, Change.Evidence(), at: now)
    }
}

extension OptIn {
    /// Records the number of the contact's last published fact.
    package mutating func factLeaves(_ number: Int64, in epoch: Int64) {
        if lastFact < epoch { factBefore = lastFact }
        lastFact = number
    }

    /// The last fact before an epoch that this database knows of.
    package func lastFact(before epoch: Int64) -> Int64 { lastFact < epoch ? lastFact : factBefore }
}

extension OptInStatus {
    /// How much a status permits to be sent.
    fileprivate var permits: Int {
        switch self {
        case .optOutContact: 0
        case .optOutUser: 1
        case .none: 2
        case .singleOptInWebform: 3
        case .singleOptInUser: 4
        case .doubleOptIn: 5
        }
    }
}
