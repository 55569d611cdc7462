public import Models

extension OptIn {
    /// `contact.created`, `contact.updated` with an address, or a form of somebody unknown.
    public mutating func name(_ hashes: AddressHashes, cause: String, at now: Timestamp) -> [Consequence] {
        let isNew = !exists
        create(at: now)
        let hasChanged = address.name(unify(hashes), cause: cause)
        return takeUpAddress(isNew: isNew, hasChanged: hasChanged, at: now)
    }

    /// The vault says which address the contact has.
    public mutating func follow(_ hashes: AddressHashes?, cause: String, at now: Timestamp) -> [Consequence] {
        // A refused message of somebody who was never created names no contact; one that creates it is on its way here.
        guard exists || hashes != nil else { return [] }
        let hash = hashes.map { unify($0) }
        let hasChanged = address.decide(hash, cause: cause)
        return takeUpAddress(isNew: false, hasChanged: hasChanged, at: now)
    }

    /// An opt-out that another contact made of the same address holds for this one too (O7).
    public mutating func catchUp(at now: Timestamp) -> [Consequence] {
        renameAddresses()
        guard exists, address.current != nil, record.optOutCount > optOutSeen else { return [] }
        optOutSeen = record.optOutCount
        return followAddress(at: now)
    }

    /// The hash under which the address's record stands. What is found under the hashes of other versions of the key is
    /// taken over to the newest, which they lead to from then on (O15).
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

    /// What the contact knows its address by follows where its record went.
    private mutating func renameAddresses() {
        for hash in knownHashes { address.rename(hash, to: root(of: hash)) }
    }

    func root(of hash: String) -> String { shared[hash]?.sameAs ?? hash }

    private var knownHashes: [String] { [address.current].compactMap { $0 } + address.decided.compactMap(\.hash) }

    /// Records that a decision looks at beside those that its message names: of the contact's address, of one that the
    /// vault has decided on already, and where the hashes of all these lead.
    public var sharedKeys: [String] { knownHashes + shared.values.compactMap(\.sameAs) }

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
