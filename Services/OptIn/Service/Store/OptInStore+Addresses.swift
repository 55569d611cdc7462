import Messaging
import Models
import OptInDomain
import PostgreSQL

/// Addresses, shared by all contacts that have them. Each is one row, locked for the transaction in the order of the
/// hashes, so that contacts with the same address are decided one after the other, even in different partitions.
extension OptInStore {
    /// Aliases are resolved to their record first; they change only under that record's lock. The alias lookup runs
    /// only if aliases exist, which is after a change of the key. LATERAL … LIMIT makes the planner look up each
    /// address in the primary key, in the order of the hashes.
    private static let lockAddresses = """
        SELECT a.hash, a.opt_out_count, a.is_opted_out, a.mailed_at, a.mailed_for, a.has_aliases,
            a.same_as IS NOT NULL, named.hashes
        FROM (
            SELECT coalesce(alias.same_as, known.hash) AS root, array_agg(known.hash) AS hashes
            FROM (
                SELECT unnest($2::text[]) UNION
                SELECT unnest(
                    CASE decided WHEN '{}' THEN ARRAY[address_hash]
                    ELSE ARRAY(SELECT split_part(d, ' ', 1) FROM unnest(decided) AS d) || address_hash END)
                FROM contact WHERE contact = ANY ($1::text[])) AS known (hash)
            LEFT JOIN LATERAL (
                SELECT same_as FROM address
                WHERE (SELECT EXISTS (SELECT FROM address WHERE same_as IS NOT NULL)) AND address.hash = known.hash
                LIMIT 1) AS alias ON true
            GROUP BY root ORDER BY root) AS named
        CROSS JOIN LATERAL (SELECT * FROM address WHERE address.hash = named.root LIMIT 1 FOR UPDATE) AS a
        """
    /// Inserts a row for each address that was missing when the batch was read, even an empty one. A unique violation
    /// means that another batch inserted the address first; the batch is retried.
    private static let insertAddresses = """
        INSERT INTO address (hash, opt_out_count, is_opted_out, mailed_at, mailed_for, has_aliases, same_as,
            is_spreading)
        SELECT hash, opt_out_count, is_opted_out, mailed_at, mailed_for, has_aliases, same_as, opt_out_count > 0
        FROM unnest($1::text[], $2::integer[], $3::boolean[], $4::timestamptz[], $5::text[], $6::boolean[], $7::text[])
            AS new (hash, opt_out_count, is_opted_out, mailed_at, mailed_for, has_aliases, same_as)
        ORDER BY hash
        """
    private static let updateAddresses = """
        UPDATE address AS a SET opt_out_count = new.opt_out_count, is_opted_out = new.is_opted_out,
            mailed_at = new.mailed_at, mailed_for = new.mailed_for, has_aliases = new.has_aliases,
            same_as = new.same_as, is_spreading = a.is_spreading OR a.opt_out_count < new.opt_out_count
        FROM unnest($1::text[], $2::integer[], $3::boolean[], $4::timestamptz[], $5::text[], $6::boolean[], $7::text[])
            AS new (hash, opt_out_count, is_opted_out, mailed_at, mailed_for, has_aliases, same_as)
        WHERE a.hash = new.hash
        """
    /// Aliases of a record that itself became an alias now point to the new record.
    private static let leadOn = """
        UPDATE address AS alias SET same_as = moved.same_as FROM address AS moved
        WHERE moved.hash = ANY ($1::text[]) AND alias.same_as = moved.hash
        """
    /// Copies the number of opt-outs to the aliases, for contacts that still have the address under an alias.
    private static let showOptOuts = """
        UPDATE address AS alias SET opt_out_count = root.opt_out_count,
            is_spreading = alias.is_spreading OR alias.opt_out_count < root.opt_out_count
        FROM address AS root
        WHERE root.hash = ANY ($1::text[]) AND alias.same_as = root.hash AND alias.opt_out_count <> root.opt_out_count
        """
    static let sharedTable: String? = "address"

    func loadingShared(of keys: [String], and sharedKeys: [String]) -> [Statement] {
        [Statement(Self.lockAddresses, [.texts(keys), .texts(sharedKeys)])]
    }

    func shared(from rows: ArraySlice<Rows>) throws -> [String: AddressRecord] {
        guard let loaded = rows.last else { return [:] }
        var records: [String: AddressRecord] = [:]
        for row in loaded {
            let root = try row.text(0)
            var record = AddressRecord(
                optOutCount: Int(try row.int64(1)), isOptedOut: try row.bool(2),
                mailedAt: try row.optionalTimestampMicroseconds(3).map(Timestamp.init(microseconds:)),
                mailedFor: try row.optionalText(4))
            record.hasAliases = try row.bool(5)
            guard try !row.bool(6) else { throw AddressMoved() }
            for hash in try row.textArray(7) { records[hash] = .alias(of: root) }
            records[root] = record
        }
        return records
    }

    func savingShared(_ changed: [(key: String, value: AddressRecord)], missing: Set<String>) -> [Statement] {
        let changedKeys = Set(changed.map(\.key))
        let inserted =
            changed.filter { missing.contains($0.key) }
            + missing.subtracting(changedKeys).map { (key: $0, value: AddressRecord()) }
        let updated = changed.filter { !missing.contains($0.key) }
        let saving = [(Self.insertAddresses, inserted), (Self.updateAddresses, updated)].compactMap { sql, rows in
            rows.isEmpty ? nil : Statement(sql, parameters(rows))
        }
        let moved = updated.filter { $0.value.sameAs != nil }.map(\.key)
        let shown = changed.filter(\.value.hasAliases).map(\.key)
        return saving
            + [(Self.leadOn, moved), (Self.showOptOuts, shown)].compactMap { sql, hashes in
                hashes.isEmpty ? nil : Statement(sql, [.texts(hashes)])
            }
    }

    private func parameters(_ rows: [(key: String, value: AddressRecord)]) -> [Parameter] {
        [
            .texts(rows.map(\.key)), .int4s(rows.map { Int32($0.value.optOutCount) }),
            .bools(rows.map(\.value.isOptedOut)), .timestamps(rows.map(\.value.mailedAt?.microseconds)),
            .texts(rows.map(\.value.mailedFor)), .bools(rows.map(\.value.hasAliases)),
            .texts(rows.map(\.value.sameAs)),
        ]
    }
}

/// Between two statements of this batch, another batch turned the record into an alias; the batch is retried.
private struct AddressMoved: Outage {}
