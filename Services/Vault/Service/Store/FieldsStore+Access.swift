import Ledger
import Messaging
import Models
import PostgreSQL
import VaultDomain

/// The access log's next number, and the viewers' attempts per hour. Each is one row, locked for the transaction, so
/// that a user's reveals are counted one after another, even in different partitions.
extension FieldsStore {
    /// The update only locks the row, which another transaction may delete at any time once its hour is over.
    private static let lockHours = """
        INSERT INTO reveal_hour AS h (viewer) SELECT viewer FROM unnest($1::text[]) AS named (viewer) ORDER BY viewer
        ON CONFLICT (viewer) DO UPDATE SET viewer = excluded.viewer
        RETURNING h.viewer, CASE WHEN isfinite(h.started_at) THEN h.started_at END, h.released, h.refused, h.rest,
            h.rest_field
        """
    private static let saveHours = """
        INSERT INTO reveal_hour (viewer, started_at, released, refused, rest, rest_field)
        SELECT viewer, started_at, released, refused, rest, rest_field
        FROM unnest($1::text[], $2::timestamptz[], $3::integer[], $4::integer[], $5::integer[], $6::text[])
            AS new (viewer, started_at, released, refused, rest, rest_field)
        ORDER BY viewer
        ON CONFLICT (viewer) DO UPDATE SET started_at = excluded.started_at, released = excluded.released,
            refused = excluded.refused, rest = excluded.rest, rest_field = excluded.rest_field
        """

    func loadingNumbering(of partition: Int) -> [Statement] { [LedgerStatements.nextNumber(partition: partition)] }

    func numbering(of partition: Int, from rows: ArraySlice<Rows>) throws -> AccessLog {
        guard let row = rows.first?.first else { throw PartitionMissing() }
        return AccessLog(partition: partition, next: try row.int64(0), epoch: try row.int64(1))
    }

    func savingNumbering(_ log: AccessLog) throws -> [Statement] { LedgerStatements.insert(try log.recorded()) }

    func loadingShared(of keys: [String], and viewers: [String]) -> [Statement] {
        viewers.isEmpty ? [] : [Statement(Self.lockHours, [.texts(viewers)])]
    }

    func shared(from rows: ArraySlice<Rows>) throws -> [String: RevealHour] {
        var hours: [String: RevealHour] = [:]
        for row in rows.joined() { hours[try row.text(0)] = try RevealHour(row) }
        return hours
    }

    func savingShared(_ hours: [(key: String, value: RevealHour)], missing: Set<String>) -> [Statement] {
        guard !hours.isEmpty else { return [] }
        return [
            Statement(
                Self.saveHours,
                [
                    .texts(hours.map(\.key)), .timestamps(hours.map(\.value.startedAt?.microseconds)),
                    .int4s(hours.map { Int32(clamping: $0.value.released) }),
                    .int4s(hours.map { Int32(clamping: $0.value.refused) }),
                    .int4s(hours.map { Int32(clamping: $0.value.rest?.count ?? 0) }),
                    .texts(hours.map(\.value.rest?.field)),
                ])
        ]
    }
}

extension RevealHour {
    /// Reads the columns `started_at`, `released`, `refused`, `rest`, `rest_field`, beginning with column 1.
    init(_ row: Row) throws {
        let rest = try row.optionalText(5).map { UnloggedRefusals(count: Int(try row.int64(4)), field: $0) }
        self.init(
            startedAt: try row.optionalTimestampMicroseconds(1).map(Timestamp.init(microseconds:)),
            released: Int(try row.int64(2)), refused: Int(try row.int64(3)), rest: rest)
    }
}

/// Starts a new epoch after entries of the access log may have been lost.
extension FieldsStore {
    func beginHistory(_ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection) async throws {
        try await LedgerEpoch.begin(epoch, partitions: partitions, at: now, on: connection)
    }
}
