import Messaging
import Models
import PostgreSQL
import VaultDomain

/// Contacts and their sealed fields, with their keys from the key store.
struct FieldsStore: AggregateStore {
    // LATERAL … LIMIT, or OFFSET 0 for several rows, makes the planner look up each contact in the index, regardless of
    // its statistics.
    private static let contacts = """
        SELECT c.* FROM unnest($1::text[]) AS k (id) CROSS JOIN LATERAL (
            SELECT id, address_hash, erased_at IS NOT NULL FROM contact WHERE contact.id = k.id LIMIT 1) AS c
        """
    private static let fields = """
        SELECT f.* FROM unnest($1::text[]) AS k (contact) CROSS JOIN LATERAL (
            SELECT contact, name, sealed FROM field WHERE field.contact = k.contact OFFSET 0) AS f
        """
    private static let locks = """
        SELECT l.* FROM unnest($1::text[]) AS k (contact) CROSS JOIN LATERAL (
            SELECT contact, name, is_locked, is_cleared, sequence, order_id FROM field_lock
            WHERE field_lock.contact = k.contact OFFSET 0) AS l
        """
    /// A contact is created once; later only its address changes.
    private static let saveContacts = """
        INSERT INTO contact (id, address_hash, created_at)
        SELECT id, address_hash, $3 FROM unnest($1::text[], $2::text[]) AS c (id, address_hash)
        ON CONFLICT (id) DO UPDATE SET address_hash = excluded.address_hash
        """
    private static let saveFields = """
        INSERT INTO field (contact, name, sealed, stored_at)
        SELECT contact, name, sealed, $4 FROM unnest($1::text[], $2::text[], $3::bytea[]) AS f (contact, name, sealed)
        ON CONFLICT (contact, name) DO UPDATE SET sealed = excluded.sealed, stored_at = excluded.stored_at
        """
    private static let deleteFields = """
        DELETE FROM field f USING unnest($1::text[], $2::text[]) AS gone (contact, name)
        WHERE f.contact = gone.contact AND f.name = gone.name
        """
    private static let saveLocks = """
        INSERT INTO field_lock (contact, name, is_locked, is_cleared, sequence, order_id, ordered_at)
        SELECT contact, name, is_locked, is_cleared, sequence, order_id, $7
        FROM unnest($1::text[], $2::text[], $3::bool[], $4::bool[], $5::int8[], $6::uuid[])
            AS l (contact, name, is_locked, is_cleared, sequence, order_id)
        ON CONFLICT (contact, name) DO UPDATE
        SET is_locked = excluded.is_locked, is_cleared = excluded.is_cleared, sequence = excluded.sequence,
            order_id = excluded.order_id, ordered_at = excluded.ordered_at
        """
    /// Inserts in the order of the decisions, so that the ids rise in that order.
    private static let insertAddressChanges = """
        INSERT INTO address_change (contact, at, account, address_hash)
        SELECT contact, at, account, address_hash
        FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[])
            WITH ORDINALITY AS c (contact, at, account, address_hash, place)
        ORDER BY place
        """

    let keys: KeyStore
    let sealing: SealingKeys
    let find: FindIndex

    func loading(_ contacts: [String]) -> [Statement] {
        [Self.contacts, Self.fields, Self.locks].map { Statement($0, [.texts(contacts)]) }
    }

    func states(of contacts: [String], from rows: ArraySlice<Rows>) async throws -> [String: Fields] {
        let keys = try await keys.keys(of: contacts)
        try await sealing.requireFresh()
        let start = rows.startIndex
        let values = try values(rows[start + 1])
        let locks = try locks(rows[start + 2])
        // A contact without a row may have keys of a batch that was not committed, and locks that arrived before the
        // contact.
        var states: [String: Fields] = [:]
        for contact in Set(keys.keys).union(locks.keys) {
            states[contact] = Fields(
                exists: false, isErased: false, addressHash: nil, values: [:], locks: locks[contact] ?? [:],
                keys: keys[contact] ?? .none)
        }
        for row in rows[start] {
            let contact = try row.text(0)
            states[contact] = Fields(
                exists: true, isErased: try row.bool(2), addressHash: try row.optionalText(1),
                values: values[contact] ?? [:], locks: locks[contact] ?? [:], keys: keys[contact] ?? .none)
        }
        return states
    }

    private func values(_ rows: Rows) throws -> [String: [FieldName: FieldValue]] {
        var values: [String: [FieldName: FieldValue]] = [:]
        for row in rows {
            values[try row.text(0), default: [:]][FieldName(stored: try row.text(1))] = .sealed(try row.bytes(2))
        }
        return values
    }

    private func locks(_ rows: Rows) throws -> [String: [FieldName: FieldLock]] {
        var locks: [String: [FieldName: FieldLock]] = [:]
        for row in rows {
            locks[try row.text(0), default: [:]][FieldName(stored: try row.text(1))] = FieldLock(
                isLocked: try row.bool(2), order: try row.uuid(5), sequence: try row.int64(4),
                isCleared: try row.bool(3))
        }
        return locks
    }

    /// The keys are committed to the key store first, then the values with the batch. So a destroyed key is gone before
    /// the batch commits. If the batch fails, its messages are redelivered; they then find a value that no longer
    /// opens, and clear or replace it.
    func saving(_ changed: [(key: String, state: Fields)], at now: Timestamp) async throws -> [Statement] {
        let changes = try changed.compactMap { try keyChange($0.key, $0.state) }
        let postings = try await find.postings(of: changed, with: changes, at: now)
        let saved = try await save(changes, postings)
        var statements = contactStatements(changed.filter { $0.state.hasNewHash }, now)
        let written = try writtenRows(changed, saved)
        if !written.isEmpty {
            statements.append(
                Statement(
                    Self.saveFields,
                    [
                        .texts(written.map(\.contact)), .texts(written.map(\.name)),
                        .byteArrays(written.map(\.sealed)), .timestamp(now.microseconds),
                    ]))
        }
        let removed = changed.flatMap { contact, state in state.removed.map { (contact, $0.text) } }
        if !removed.isEmpty {
            statements.append(Statement(Self.deleteFields, [.texts(removed.map(\.0)), .texts(removed.map(\.1))]))
        }
        return statements + lockStatements(changed, now) + addressStatements(changed)
    }

    /// A field written for the first time gets a key, and a field whose key is destroyed gets a new one. An invalid row
    /// is repaired in any case.
    private func keyChange(_ contact: String, _ state: Fields) throws -> KeyStore.Change? {
        let cipher = keys.cipher(contact: contact, keys: state.keys)
        var change = KeyStore.Change(contact: contact, version: cipher.version)
        for case (let name, .written) in state.values
        where try state.renewed.contains(name) || !cipher.hasKey(name) {
            change.fresh[name] = try cipher.freshKey()
            change.gone[name] = state.keys.keys[name]
        }
        for name in state.removed.union(state.renewed) { change.gone[name] = state.keys.keys[name] }
        change.mended = state.keys
        return change.fresh.isEmpty && change.gone.isEmpty && state.keys.garbled == nil ? nil : change
    }

    private func save(
        _ changes: [KeyStore.Change], _ postings: Postings
    ) async throws -> [String: WrappedKeys] {
        do {
            return try await keys.save(changes, finding: postings)
        } catch let error as DatabaseError where error.sqlState == "40001" {
            // A cached key of the search hashes may be gone: the batch is retried and reads the keys again.
            find.forgetKeys()
            throw error
        }
    }

    /// The contact's row is written only if the address's hash changes.
    private func contactStatements(_ addressed: [(key: String, state: Fields)], _ now: Timestamp) -> [Statement] {
        guard !addressed.isEmpty else { return [] }
        return [
            Statement(
                Self.saveContacts,
                [
                    .texts(addressed.map(\.key)), .texts(addressed.map(\.state.addressHash)),
                    .timestamp(now.microseconds),
                ])
        ]
    }

    private func writtenRows(
        _ changed: [(key: String, state: Fields)], _ saved: [String: WrappedKeys]
    ) throws -> [(contact: String, name: String, sealed: [UInt8])] {
        var rows: [(contact: String, name: String, sealed: [UInt8])] = []
        for (contact, state) in changed {
            let cipher = keys.cipher(contact: contact, keys: saved[contact] ?? state.keys)
            for case (let name, .written(let text)) in state.values {
                rows.append((contact, name.text, try cipher.seal(text, name: name)))
            }
        }
        return rows
    }

    private func lockStatements(_ changed: [(key: String, state: Fields)], _ now: Timestamp) -> [Statement] {
        let locks = changed.flatMap { contact, state in
            state.changedLocks.sorted().compactMap { name in state.locks[name].map { (contact, name.text, $0) } }
        }
        guard !locks.isEmpty else { return [] }
        return [
            Statement(
                Self.saveLocks,
                [
                    .texts(locks.map(\.0)), .texts(locks.map(\.1)), .bools(locks.map(\.2.isLocked)),
                    .bools(locks.map(\.2.isCleared)), .int8s(locks.map(\.2.sequence)),
                    .uuids(locks.map(\.2.order)), .timestamp(now.microseconds),
                ])
        ]
    }

    private func addressStatements(_ changed: [(key: String, state: Fields)]) -> [Statement] {
        let changes = changed.flatMap { contact, state in state.addressChanges.map { (contact, $0) } }
        guard !changes.isEmpty else { return [] }
        return [
            Statement(
                Self.insertAddressChanges,
                [
                    .texts(changes.map(\.0)), .timestamps(changes.map(\.1.at.microseconds)),
                    .texts(changes.map(\.1.account)), .texts(changes.map(\.1.addressHash)),
                ])
        ]
    }
}
