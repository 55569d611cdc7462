import Models
import OptInDomain
import PostgreSQL

/// Addresses, whichever contacts have them: each is one row, locked for the transaction in the order of the hashes, so
/// that two contacts with one address are decided on one after the other, in whichever partitions they are.
extension OptInStore {
    private static let insertAddresses = """
        INSERT INTO address (hash) SELECT named.hash FROM unnest($1::text[]) AS named (hash)
        ORDER BY named.hash ON CONFLICT DO NOTHING
        """
    /// LATERAL … LIMIT keeps the planner at one index look-up an address, in the order of the hashes.
    private static let lockAddresses = """
        SELECT a.hash, a.opt_out_count, a.is_opted_out, a.mailed_at, a.mailed_for
        FROM (
            SELECT unnest($2::text[]) AS hash UNION SELECT address_hash FROM contact WHERE contact = ANY ($1::text[])
            ORDER BY hash) AS named
        CROSS JOIN LATERAL (SELECT * FROM address WHERE address.hash = named.hash LIMIT 1 FOR UPDATE) AS a
        """
    /// A row that was forgotten at this moment, for nobody had the address, comes again.
    private static let saveAddresses = """
        INSERT INTO address AS a (hash, opt_out_count, is_opted_out, mailed_at, mailed_for, is_spreading)
        SELECT hash, opt_out_count, is_opted_out, mailed_at, mailed_for, opt_out_count > 0
        FROM unnest($1::text[], $2::integer[], $3::boolean[], $4::timestamptz[], $5::text[])
            AS new (hash, opt_out_count, is_opted_out, mailed_at, mailed_for)
        ORDER BY hash
        ON CONFLICT (hash) DO UPDATE SET opt_out_count = excluded.opt_out_count,
            is_opted_out = excluded.is_opted_out, mailed_at = excluded.mailed_at, mailed_for = excluded.mailed_for,
            is_spreading = a.is_spreading OR a.opt_out_count < excluded.opt_out_count
        """

    func loadingShared(of keys: [String], and sharedKeys: [String]) -> [Statement] {
        [
            Statement(Self.insertAddresses, [.texts(sharedKeys)]),
            Statement(Self.lockAddresses, [.texts(keys), .texts(sharedKeys)]),
        ]
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

    func savingShared(_ changed: [(key: String, value: AddressRecord)]) -> [Statement] {
        [
            Statement(
                Self.saveAddresses,
                [
                    .texts(changed.map(\.key)), .int4s(changed.map { Int32($0.value.optOutCount) }),
                    .bools(changed.map(\.value.isOptedOut)),
                    .timestamps(changed.map(\.value.mailedAt?.microseconds)),
                    .texts(changed.map(\.value.mailedFor)),
                ])
        ]
    }
}
