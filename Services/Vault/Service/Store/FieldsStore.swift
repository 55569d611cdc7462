import Messaging
import Models
import PostgreSQL
import VaultDomain

/// Contacts and their sealed fields, with their keys from the key store.
struct FieldsStore: AggregateStore {
    private static let contacts = "SELECT id, address_hash, erased_at IS NOT NULL FROM contact WHERE id = ANY($1)"
    private static let fields = "SELECT contact, name, sealed FROM field WHERE contact = ANY($1)"
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
    /// In the order in which they were decided, which the ids keep.
    private static let insertAddressChanges = """
        INSERT INTO address_change (contact, at, account, address_hash)
        SELECT contact, at, account, address_hash
        FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[])
            WITH ORDINALITY AS c (contact, at, account, address_hash, place)
        ORDER BY place
        """

    let keys: KeyStore

    func loading(_ contacts: [String]) -> [Statement] {
        [Statement(Self.contacts, [.texts(contacts)]), Statement(Self.fields, [.texts(contacts)])]
    }

    func states(of contacts: [String], from rows: ArraySlice<Rows>) async throws -> [String: Fields] {
        let keys = try await keys.keys(of: contacts)
        let (contactRows, fieldRows) = (rows[rows.startIndex], rows[rows.startIndex + 1])
        var values: [String: [FieldName: FieldValue]] = [:]
        for row in fieldRows {
            values[try row.text(0), default: [:]][FieldName(stored: try row.text(1))] = .sealed(try row.bytes(2))
        }
        // A contact without a row may have keys: a batch that wrote them and was not committed.
        var states: [String: Fields] = [:]
        for (contact, keys) in keys {
            states[contact] = Fields(isCreated: false, isErased: false, addressHash: nil, values: [:], keys: keys)
        }
        for row in contactRows {
            let contact = try row.text(0)
            states[contact] = Fields(
                isCreated: true, isErased: try row.bool(2), addressHash: try row.optionalText(1),
                values: values[contact] ?? [:], keys: keys[contact] ?? .none)
        }
        return states
    }

    /// Keys first, committed; then the values under them, with the batch.
    func saving(_ changed: [(key: String, state: Fields)], at now: Timestamp) async throws -> [Statement] {
        let saved = try await keys.save(try changed.compactMap { try keyChange($0.key, $0.state) })
        var statements = [contactStatement(changed, now)]
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
        return statements + addressStatements(changed)
    }

    /// Fields that are written for the first time need a key; the key of one that is removed goes.
    private func keyChange(_ contact: String, _ state: Fields) throws -> KeyStore.Change? {
        let cipher = keys.cipher(contact: contact, keys: state.keys)
        var change = KeyStore.Change(contact: contact, version: cipher.version)
        for case (let name, .written) in state.values where state.keys.keys[name] == nil {
            change.fresh[name] = try cipher.freshKey()
        }
        for name in state.removed { change.gone[name] = state.keys.keys[name] }
        return change.fresh.isEmpty && change.gone.isEmpty ? nil : change
    }

    private func contactStatement(_ changed: [(key: String, state: Fields)], _ now: Timestamp) -> Statement {
        Statement(
            Self.saveContacts,
            [
                .texts(changed.map(\.key)), .texts(changed.map(\.state.addressHash)), .timestamp(now.microseconds),
            ])
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
