public import Models

extension OptIn {
    /// `contact.created`, `contact.updated` with an address, or a form of somebody unknown.
    public mutating func name(addressHash: String, cause: String, at now: Timestamp) -> [Consequence] {
        let isNew = !exists
        create(at: now)
        let hasChanged = address.name(addressHash, cause: cause)
        return takeUpAddress(isNew: isNew, hasChanged: hasChanged, at: now)
    }

    /// The vault says which address the contact has.
    public mutating func follow(addressHash: String?, cause: String, at now: Timestamp) -> [Consequence] {
        // The message itself, which creates the contact, is still on its way here: a form of somebody unknown must be
        // taken as that, although the vault was faster.
        guard exists else {
            if addressHash != nil { _ = address.decide(addressHash, cause: cause) }
            return []
        }
        let hasChanged = address.decide(addressHash, cause: cause)
        return takeUpAddress(isNew: false, hasChanged: hasChanged, at: now)
    }

    /// An opt-out that another contact made of the same address holds for this one too (O7).
    public mutating func catchUp(at now: Timestamp) -> [Consequence] {
        guard exists, address.current != nil, record.optOutCount > optOutSeen else { return [] }
        optOutSeen = record.optOutCount
        return followAddress(at: now)
    }

    /// A changed address starts again, and what was asked of the old one is dead (O12). An address that is opted out
    /// starts there (O7).
    private mutating func takeUpAddress(isNew: Bool, hasChanged: Bool, at now: Timestamp) -> [Consequence] {
        guard isNew || hasChanged else { return [] }
        optOutSeen = record.optOutCount
        var consequences: [Consequence] = []
        if hasChanged {
            let start = heldOptOut ?? (status.isOptOut ? status : .none)
            endAsking()
            consequences = change(to: start, by: .suite, .addressChanged, Change.Evidence(), at: now)
        }
        return record.isOptedOut ? consequences + followAddress(at: now) : consequences
    }

    private mutating func followAddress(at now: Timestamp) -> [Consequence] {
        endAsking()
        return change(to: .optOutContact, by: .suite, .addressOptedOut, Change.Evidence(), at: now)
    }
}
