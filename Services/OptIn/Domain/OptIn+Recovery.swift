public import Models

extension OptIn {
    /// Another service remembers a status that this database has lost (X5). One under which less may be sent holds
    /// again; a permission that was lost is not taken over.
    ///
    /// A contact gets from `double-opt-in` to a weaker opt-in only by way of an opt-out or of another address. Which of
    /// the two is not known, so that a form counts as one after an opt-out: it needs the contact's confirmation (O7).
    public mutating func recover(_ lost: OptInStatus, at now: Timestamp) -> [Consequence] {
        guard lost.permits < status.permits else { return [] }
        let isHeld = lost == .singleOptInWebform && status == .doubleOptIn
        create(at: now)
        endAsking()
        if lost == .optOutContact {
            // It holds for the address too: other contacts that have it follow (O7).
            record.optOutCount += 1
            record.isOptedOut = true
            optOutSeen = record.optOutCount
        }
        if isHeld { heldOptOut = .optOutContact }
        return change(to: lost, by: .suite, .recovered, Change.Evidence(), at: now)
    }
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
