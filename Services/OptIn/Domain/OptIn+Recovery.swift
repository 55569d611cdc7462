public import Models

extension OptIn {
    /// Another service remembers a status that this database has lost (X5). One under which less may be sent holds
    /// again; a permission that was lost is not taken over.
    ///
    /// A contact gets from `double-opt-in` to a weaker opt-in only by way of an opt-out or of another address. Which of
    /// the two is not known, so that a form counts as one after an opt-out: it needs the contact's confirmation (O7).
    ///
    /// - Parameter held: the opt-out that a form came after, where the other service knows it.
    public mutating func recover(
        _ lost: OptInStatus, held: OptInStatus? = nil, at now: Timestamp
    ) -> [Consequence] {
        let isUnknown = lost == .singleOptInWebform && status == .doubleOptIn
        let held = held ?? (isUnknown ? .optOutContact : nil)
        guard held == nil ? lost.permits < status.permits : !status.isOptOut && heldOptOut == nil else { return [] }
        create(at: now)
        endAsking()
        if (held ?? lost) == .optOutContact {
            // It holds for the address too: other contacts that have it follow (O7).
            record.optOutCount += 1
            record.isOptedOut = true
            optOutSeen = record.optOutCount
        }
        heldOptOut = held
        return change(to: lost, by: .suite, .recovered, Change.Evidence(), at: now)
    }
}

extension OptIn {
    /// A fact moved the contact's numbers on.
    public mutating func factLeaves(_ number: Int64, in epoch: Int64) {
        if lastFact < epoch { factBefore = lastFact }
        lastFact = number
    }

    /// The last fact that this database knows of from before an epoch.
    public func lastFact(before epoch: Int64) -> Int64 { lastFact < epoch ? lastFact : factBefore }
}

extension OptInStatus {
    /// How much may be sent.
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
