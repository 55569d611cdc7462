import FoundationEssentials
public import Models

/// Fields of one contact; all of them are loaded with each batch that names the contact.
private let mostFields = 200

/// What the vault knows of one contact: who they are (E3).
///
/// ### Legal transitions
/// unknown → created, by the first message that brings an address; created → erased, for good.
public struct Fields: Sendable, Equatable {
    /// Nothing is known.
    public static let unknown = Fields(
        exists: false, isErased: false, addressHash: nil, values: [:], locks: [:], keys: .none)

    /// A message brought an address once.
    public private(set) var exists: Bool
    /// Never filled again.
    public let isErased: Bool
    /// The keyed hashes of the address that the contact has: as a message of this batch gave them, else the stored one.
    public private(set) var address: AddressHashes?
    /// The address's hash is another than the stored one, or of another version of the key.
    public private(set) var hasNewHash = false
    /// What is stored, address and locale under their reserved names.
    public private(set) var values: [FieldName: FieldValue]
    /// The last order about each field (C1).
    public private(set) var locks: [FieldName: FieldLock]
    /// As the key store held them when the batch began.
    public let keys: WrappedKeys
    /// What this batch takes away.
    public private(set) var removed: Set<FieldName> = []
    /// Whose key this batch destroys, whether or not a value is written under a new one.
    public private(set) var renewed: Set<FieldName> = []
    /// Fields whose last order this batch changes.
    public private(set) var changedLocks: Set<FieldName> = []
    /// During a decision, what the user who asks has asked for within an hour, by `Viewer.key`.
    public var shared: [String: RevealHour] = [:]
    /// The partition's access log, during a reveal.
    public var numbering: AccessLog?
    /// The changes of the address that this batch makes, in order.
    public private(set) var addressChanges: [AddressChange] = []

    /// Who gave the contact another address (O12).
    public struct AddressChange: Sendable, Equatable {
        /// When it was decided.
        public let at: Timestamp
        /// The publishing account.
        public let account: String
        /// The new address's keyed hash.
        public let addressHash: String
    }

    /// A state as it is stored.
    public init(
        exists: Bool, isErased: Bool, addressHash: String?, values: [FieldName: FieldValue],
        locks: [FieldName: FieldLock], keys: WrappedKeys
    ) {
        self.exists = exists
        self.isErased = isErased
        address = addressHash.map { AddressHashes(newest: $0) }
        self.values = values
        self.locks = locks
        self.keys = keys
    }

    /// `contact.created`: as an update, but an address belongs to it.
    public mutating func create(
        _ edit: ContactEdit, rules: FieldRules, by account: String, at now: Timestamp
    ) throws(Refusal) {
        guard isErased || edit.address != nil else {
            throw Refusal(.invalidField, "is required", at: "/data/email")
        }
        try update(edit, rules: rules, by: account, at: now)
    }

    /// `contact.updated`: merged into what is there.
    public mutating func update(
        _ edit: ContactEdit, rules: FieldRules, by account: String, at now: Timestamp
    ) throws(Refusal) {
        try requireNotErased()
        guard exists || edit.address != nil else {
            throw Refusal(.unknownContact, "the contact was never created, and no email comes")
        }
        try requireUnlocked(edit.fields.keys.sorted(), rules, in: "/data/profile")
        if let new = edit.address {
            if !isAt(new) {
                addressChanges.append(AddressChange(at: now, account: account, addressHash: new.hashes.newest))
            }
            hasNewHash = hasNewHash || new.hashes.newest != addressHash
            address = new.hashes
            set(.email, to: new.text)
        }
        if let locale = edit.locale { set(.locale, to: locale) }
        for (name, value) in edit.fields { set(name, to: value) }
        exists = true
        try requireRoom(in: "/data/profile")
    }

    /// `webform.submitted`: anybody can send a form, so of a known contact it changes nothing.
    public mutating func submit(
        _ edit: ContactEdit, rules: FieldRules, by account: String, at now: Timestamp
    ) throws(Refusal) {
        try requireNotErased()
        guard exists else { return try update(edit, rules: rules, by: account, at: now) }
        guard let named = edit.address, isAt(named) else {
            throw Refusal(.conflict, "the contact has another address", at: "/data/email")
        }
    }

    /// `vault.store`: all fields or none; nil empties one. A sensitive value that is replaced takes its key with it, so
    /// that the old one, put back, does not open (V1).
    public mutating func store(_ fields: [(name: FieldName, value: String?)], rules: FieldRules) throws(Refusal) {
        try requireCreated()
        try requireUnlocked(fields.lazy.map(\.name), rules, in: "/data/fields")
        for (name, value) in fields {
            if rules.isSensitive(name) { renewed.formUnion(keys.keys[name] == nil ? [] : [name]) }
            set(name, to: value)
        }
        try requireRoom(in: "/data/fields")
    }

    /// `internal.field-lock`: an order counts if it is newer than the one in force, follows just that one, and is not
    /// of a history that the consent service has lost (X5). A lock may come before the contact.
    ///
    /// - Parameter epoch: the newest one heard from the consent service.
    public mutating func order(_ order: FieldLockOrder, of name: FieldName, since epoch: Int64) -> LockChange {
        let last = locks[name]
        let head = order.head
        guard head.sequence > last?.sequence ?? 0, head.follows == last?.order, head.epoch >= epoch else {
            return .none
        }
        return put(
            name, isLocked: order.isLocked, clears: order.clears, order: head.order, sequence: head.sequence)
    }

    /// The consent service tells what was in force before this database went back (X5).
    public mutating func recall(_ inForce: OrderInForce, of name: FieldName) -> LockChange {
        guard let order = inForce.order, inForce.sequence > locks[name]?.sequence ?? 0 else { return .none }
        let isLocked = inForce.state == FieldLockDone.locked
        return put(name, isLocked: isLocked, clears: isLocked, order: order, sequence: inForce.sequence)
    }

    private mutating func put(
        _ name: FieldName, isLocked: Bool, clears: Bool, order: UUID, sequence: Int64
    ) -> LockChange {
        guard !isErased else { return .none }
        let isCleared = clears && values[name] != nil
        if clears {
            // The key goes even where the row is gone: it may be left from a batch that was not committed.
            if keys.keys[name] != nil { renewed.insert(name) }
            values[name] = nil
            removed.insert(name)
        }
        locks[name] = FieldLock(
            isLocked: isLocked, order: order, sequence: sequence,
            isCleared: isCleared || locks[name]?.isCleared ?? false)
        changedLocks.insert(name)
        return .ordered(isLocked: isLocked, cleared: isCleared)
    }

    /// Every request needs a contact who was created and not erased.
    public func requireCreated() throws(Refusal) {
        try requireNotErased()
        guard exists else { throw Refusal(.unknownContact, "the contact was never created") }
    }

    /// Every request about an erased contact is refused.
    public func requireNotErased() throws(Refusal) {
        if isErased { throw Refusal(.erased, "the contact was erased") }
    }

    /// The hash to store.
    public var addressHash: String? { address?.newest }

    private func isAt(_ named: ContactEdit.Address) -> Bool {
        address?.texts.contains(where: named.hashes.contains) ?? false
    }

    private func requireRoom(in part: String) throws(Refusal) {
        guard values.keys.count(where: { !$0.isReserved }) <= mostFields else {
            throw Refusal(.tooLarge, "the contact would have more than \(mostFields) fields", at: part)
        }
    }

    private mutating func set(_ name: FieldName, to value: String?) {
        if locks[name]?.isCleared == true {
            locks[name]?.isCleared = false
            changedLocks.insert(name)
        }
        if let value {
            values[name] = .written(value)
            removed.remove(name)
        } else if values.removeValue(forKey: name) != nil {
            removed.insert(name)
        }
    }
}
