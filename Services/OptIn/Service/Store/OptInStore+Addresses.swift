import Models
import OptInDomain
import PostgreSQL

/// Addresses, whichever contacts have them: each is one row, locked for the transaction in the order of the hashes, so
/// that two contacts with one address are decided on one after the other, in whichever partitions they are.
extension OptInStore {
    /// LATERAL … LIMIT keeps the planner at one index look-up an address, in the order of the hashes.
    private static let lockAddresses = """
        SELECT a.hash, a.opt_out_count, a.is_opted_out, a.mailed_at, a.mailed_for
        FROM (
            SELECT unnest($2::text[]) AS hash UNION SELECT address_hash FROM contact WHERE contact = ANY ($1::text[])
            ORDER BY hash) AS named
        CROSS JOIN LATERAL (SELECT * FROM address WHERE address.hash = named.hash LIMIT 1 FOR UPDATE) AS a
        """
    /// An address that was not there when the batch was read gets its row even if nothing is known of it: where another
    /// contact's batch was quicker this fails, and the batch is decided again.
    private static let insertAddresses = """
        INSERT INTO address (hash, opt_out_count, is_opted_out, mailed_at, mailed_for, is_spreading)
        SELECT hash, opt_out_count, is_opted_out, mailed_at, mailed_for, opt_out_count > 0
        FROM unnest($1::text[], $2::integer[], $3::boolean[], $4::timestamptz[], $5::text[])
            AS new (hash, opt_out_count, is_opted_out, mailed_at, mailed_for)
        ORDER BY hash
        """
    private static let updateAddresses = """
        UPDATE address AS a SET opt_out_count = new.opt_out_count, is_opted_out = new.is_opted_out,
            mailed_at = new.mailed_at, mailed_for = new.mailed_for,
            is_spreading = a.is_spreading OR a.opt_out_count < new.opt_out_count
        FROM unnest($1::text[], $2::integer[], $3::boolean[], $4::timestamptz[], $5::text[])
            AS new (hash, opt_out_count, is_opted_out, mailed_at, mailed_for)
        WHERE a.hash = new.hash
        """
    static let sharedTable: String? = "address"

    func loadingShared(of keys: [String], and sharedKeys: [String]) -> [Statement] {
        [Statement(Self.lockAddresses, [.texts(keys), .texts(sharedKeys)])]
    }

    func shared(from rows: ArraySlice<Rows>) throws -> [String: AddressRecord] {
        guard let loaded = rows.last else { return [:] }
        var records: [String: AddressRecord] = [:]
        for row in loaded {
            records[try row.text(0)] = AddressRecord(
                optOutCount: Int(try row.int64(1)), isOptedOut: try row.bool(2),
                mailedAt: try row.optionalTimestampMicroseconds(3).map(Timestamp.init(microseconds:)),
                mailedFor: try row.optionalText(4))
        }
        return records
    }

    func savingShared(_ changed: [(key: String, value: AddressRecord)], missing: Set<String>) -> [Statement] {
        let changedKeys = Set(changed.map(\.key))
        let inserted =
            changed.filter { missing.contains($0.key) }
            + missing.subtracting(changedKeys).map { (key: $0, value: AddressRecord()) }
        let updated = changed.filter { !missing.contains($0.key) }
        return [(Self.insertAddresses, inserted), (Self.updateAddresses, updated)].compactMap { sql, rows in
            rows.isEmpty ? nil : Statement(sql, parameters(rows))
        }
    }

    private func parameters(_ rows: [(key: String, value: AddressRecord)]) -> [Parameter] {
        [
            .texts(rows.map(\.key)), .int4s(rows.map { Int32($0.value.optOutCount) }),
            .bools(rows.map(\.value.isOptedOut)), .timestamps(rows.map(\.value.mailedAt?.microseconds)),
            .texts(rows.map(\.value.mailedFor)),
        ]
    }
}
