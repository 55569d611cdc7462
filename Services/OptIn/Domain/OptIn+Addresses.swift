package import Models

extension OptIn {
    /// `contact.created`, `contact.updated` with an address; a stopped contact's record is `locked` (C4).
    package mutating func update(
        _ hashes: AddressHashes, cause: String, at now: Timestamp
    ) throws(Refusal) -> [Consequence] {
        if exists { try requireNotStopped() }
        return name(hashes, cause: cause, at: now)
    }

    /// A message names the contact's address.
    package mutating func name(_ hashes: AddressHashes, cause: String, at now: Timestamp) -> [Consequence] {
        let isNew = !exists
        create(at: now)
        let hasChanged = address.name(unify(hashes), cause: cause)
        return takeUpAddress(isNew: isNew, hasChanged: hasChanged, at: now)
    }

    /// Applies the vault's decision on the contact's address.
    package mutating func follow(_ hashes: AddressHashes?, cause: String, at now: Timestamp) -> [Consequence] {
        // The vault refused a message of an unknown contact, so there is no address to apply.
        guard exists || hashes != nil else { return [] }
        let hash = hashes.map { unify($0) }
        // A stopped contact's message about the address is refused here, so that the decision on it counts at once.
        let hasChanged = address.decide(hash, cause: cause, isFinal: exists && isStopped)
        return takeUpAddress(isNew: false, hasChanged: hasChanged, at: now)
    }

    /// Applies an opt-out that another contact with the same address made (O7).
    package mutating func catchUp(at now: Timestamp) -> [Consequence] {
        renameAddresses()
        guard exists, address.current != nil, record.optOutCount > optOutSeen else { return [] }
        optOutSeen = record.optOutCount
        return followAddress(at: now)
    }

    /// The hash under which the address's record is stored. Records under hashes of older key versions are merged into
    /// the newest one and become aliases of it (O15).
    mutating func unify(_ hashes: AddressHashes) -> String {
        let root = root(of: hashes.newest)
        for hash in hashes.older {
            let other = self.root(of: hash)
            guard other != root else { continue }
            var record = shared[root] ?? AddressRecord()
            record.takeOver(shared[other] ?? AddressRecord())
            shared[root] = record
            for alias in [hash, other] { shared[alias] = .alias(of: root) }
        }
        renameAddresses()
        return root
    }

    /// Replaces the contact's hashes that have become aliases by the hash of the merged record.
    private mutating func renameAddresses() {
        for hash in knownHashes { address.rename(hash, to: root(of: hash)) }
    }

    func root(of hash: String) -> String { shared[hash]?.sameAs ?? hash }

    private var knownHashes: [String] { [address.current].compactMap { $0 } + address.decided.compactMap(\.hash) }

    /// Hashes of records that a decision reads besides those that its message names: of the contact's address, of
    /// addresses that the vault has decided on, and the records to which these hashes point.
    package var sharedKeys: [String] { knownHashes + shared.values.compactMap(\.sameAs) }

    /// A changed address starts at `none` or at the opt-out in force, and pending confirmations end (O12). An address
    /// that is opted out starts at that opt-out (O7).
    private mutating func takeUpAddress(isNew: Bool, hasChanged: Bool, at now: Timestamp) -> [Consequence] {
        guard isNew || hasChanged else { return [] }
        // An order opted the contact out before the address was known: the opt-out holds for the address (O7).
        if isNew, status == .optOutContact { optOutAddress() }
        optOutSeen = record.optOutCount
        var consequences: [Consequence] = []
        if hasChanged {
            let start = heldOptOut ?? (status.isOptOut ? status : .none)
            endAsking()
            consequences =
                [.addressChanged] + change(to: start, by: .suite, .addressChanged, Change.Evidence(), at: now)
        }
        return record.isOptedOut ? consequences + followAddress(at: now) : consequences
    }

    private mutating func followAddress(at now: Timestamp) -> [Consequence] {
        endAsking()
        return change(to: .optOutContact, by: .suite, .addressOptedOut, Change.Evidence(), at: now)
    }
}
