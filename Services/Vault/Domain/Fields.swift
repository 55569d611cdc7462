import FoundationEssentials
package import Models

/// Maximum fields of one contact: all of them are loaded with each batch that names the contact.
private let mostFields = 200

/// The vault's state of one contact: the personal fields (E3).
///
/// ### Legal transitions
/// created → erased is final. unknown → created happens with the first message that carries an address.
package struct Fields: Sendable, Equatable {
    /// A contact that is not stored.
    package static let unknown = Fields(
        exists: false, isErased: false, addressHash: nil, values: [:], locks: [:], keys: .none)

    /// Whether a message with an address has created the contact.
    package private(set) var exists: Bool
    /// Whether the contact was erased; no field is stored any more.
    package let isErased: Bool
    /// The keyed hashes of the contact's address: from a message of this batch, else the stored one.
    package private(set) var address: AddressHashes?
    /// Whether the hash to store differs from the stored one, by its address or its key version.
    package private(set) var hasNewHash = false
    /// The values; address and locale have reserved names.
    package private(set) var values: [FieldName: FieldValue]
    /// The last order about each field (C1).
    package private(set) var locks: [FieldName: FieldLock]
    /// The wrapped keys in the key store at the begin of the batch.
    package let keys: WrappedKeys
    /// Values that this batch deletes.
    package private(set) var removed: Set<FieldName> = []
    /// Fields whose key this batch destroys, with or without a new value.
    package private(set) var renewed: Set<FieldName> = []
    /// Fields whose last order this batch changes.
    package private(set) var changedLocks: Set<FieldName> = []
    /// Only during a decision: the user's attempts within an hour, by `Viewer.key`.
    package var shared: [String: RevealHour] = [:]
    /// The partition's access log; set only during a reveal.
    package var numbering: AccessLog?
    /// The changes of the address that this batch makes, in order.
    package private(set) var addressChanges: [AddressChange] = []

    /// A change of the contact's address, with the account that made it (O12).
    package struct AddressChange: Sendable, Equatable {
        /// When it was decided.
        package let at: Timestamp
        package let account: String
        /// The new address's keyed hash.
        package let addressHash: String
    }

    /// Restores a stored contact.
    package init(
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

    /// `contact.created`: an update that must carry an address.
    package mutating func create(
        _ edit: ContactEdit, rules: FieldRules, by account: String, at now: Timestamp
    ) throws(Refusal) {
        guard isErased || edit.address != nil else {
            throw Refusal(.invalidField, "is required", at: "/data/email")
        }
        try update(edit, rules: rules, by: account, at: now)
    }

    /// `contact.updated`: merges the edit into the stored fields.
    package mutating func update(
        _ edit: ContactEdit, rules: FieldRules, by account: String, at now: Timestamp
    ) throws(Refusal) {
        try requireNotErased()
        guard exists || edit.address != nil else {
            throw Refusal(.unknownContact, "the contact was never created, and no email comes")
        }
        try requireNotStopped()
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

    /// `webform.submitted`: anyone can submit a form, so it does not change a known contact.
    package mutating func submit(
        _ edit: ContactEdit, rules: FieldRules, by account: String, at now: Timestamp
    ) throws(Refusal) {
        try requireNotErased()
        guard exists else { return try update(edit, rules: rules, by: account, at: now) }
        guard let named = edit.address, isAt(named) else {
            throw Refusal(.conflict, "the contact has another address", at: "/data/email")
        }
    }

    /// `vault.store`: writes all fields or none; nil deletes a value. Replacing a sensitive value destroys its key, so
    /// that the old ciphertext cannot be decrypted even if it is restored (V1).
    package mutating func store(_ fields: [(name: FieldName, value: String?)], rules: FieldRules) throws(Refusal) {
        try requireCreated()
        try requireNotStopped()
        try requireUnlocked(fields.lazy.map(\.name), rules, in: "/data/fields")
        for (name, value) in fields {
            if rules.isSensitive(name) { renewed.formUnion(keys.keys[name] == nil ? [] : [name]) }
            set(name, to: value)
        }
        try requireRoom(in: "/data/fields")
    }

    /// `internal.field-lock`: an order is applied by the rule that all receivers share (X5). A lock may arrive before
    /// the contact.
    ///
    /// - Parameter epoch: the newest epoch received from the consent service.
    package mutating func order(_ order: FieldLockOrder, of name: FieldName, since epoch: Int64) -> LockChange {
        guard inForce(name).isFollowed(by: order.head, since: epoch) else { return .none }
        return put(
            name, isLocked: order.isLocked, clears: order.clears, order: order.head.order,
            sequence: order.head.sequence)
    }

    /// Restores an order that this database lost and the consent service remembers (X5).
    package mutating func recall(_ inForce: OrderInForce, of name: FieldName) -> LockChange {
        guard let order = inForce.order, self.inForce(name).isOlder(than: inForce) else { return .none }
        let isLocked = inForce.state == FieldLockDone.locked
        return put(name, isLocked: isLocked, clears: isLocked, order: order, sequence: inForce.sequence)
    }

    private mutating func put(
        _ name: FieldName, isLocked: Bool, clears: Bool, order: UUID, sequence: Int64
    ) -> LockChange {
        guard !isErased else { return .none }
        let isCleared = clears && values[name] != nil
        if clears {
            // The key is destroyed even without a value: an uncommitted batch may have left it in the key store.
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

    /// Refuses requests about a contact who was never created or was erased.
    package func requireCreated() throws(Refusal) {
        try requireNotErased()
        guard exists else { throw Refusal(.unknownContact, "the contact was never created") }
    }

    /// Refuses requests about an erased contact.
    package func requireNotErased() throws(Refusal) {
        if isErased { throw Refusal(.erased, "the contact was erased") }
    }

    /// The hash to store.
    package var addressHash: String? { address?.newest }

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
