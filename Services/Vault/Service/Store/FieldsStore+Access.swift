import Ledger
import Messaging
import Models
import PostgreSQL
import VaultDomain

/// The access log's next number, and what those who ask have asked for; each is one row, locked for the transaction,
/// so that a user's reveals are counted one after another, in whichever partitions they are.
extension FieldsStore {
    /// The update changes nothing and locks the row, which goes when its hour is over, at any moment.
    private static let lockHours = """
        INSERT INTO reveal_hour AS h (viewer) SELECT viewer FROM unnest($1::text[]) AS named (viewer) ORDER BY viewer
        ON CONFLICT (viewer) DO UPDATE SET viewer = excluded.viewer
        RETURNING h.viewer, CASE WHEN isfinite(h.started_at) THEN h.started_at END, h.released, h.refused, h.rest,
            h.rest_field, $2::int4
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

    func loadingShared(of keys: [String], and sharedKeys: [String], in partition: Int) -> [Statement] {
        let viewers = sharedKeys.filter { $0 != VaultShared.logKey }
        guard !viewers.isEmpty else { return [] }
        return [
            LedgerStatements.nextNumber(partition: partition),
            Statement(Self.lockHours, [.texts(viewers), .int4(Int32(partition))]),
        ]
    }

    func shared(from rows: ArraySlice<Rows>) throws -> [String: VaultShared] {
        guard let first = rows.first, let last = rows.last, rows.count == 2 else { return [:] }
        let (next, epoch) = (try first[0].int64(0), try first[0].int64(1))
        var shared: [String: VaultShared] = [:]
        for row in last {
            shared[try row.text(0)] = .hour(try RevealHour(row))
            shared[VaultShared.logKey] = .log(
                AccessLog(partition: Int(try row.int64(6)), next: next, epoch: epoch))
        }
        return shared
    }

    func savingShared(_ changed: [(key: String, value: VaultShared)]) throws -> [Statement] {
        var statements: [Statement] = []
        var hours: [(viewer: String, hour: RevealHour)] = []
        for (key, value) in changed {
            switch value {
            case .log(let log): statements += LedgerStatements.insert(try log.recorded())
            case .hour(let hour): hours.append((key, hour))
            }
        }
        guard !hours.isEmpty else { return statements }
        statements.append(
            Statement(
                Self.saveHours,
                [
                    .texts(hours.map(\.viewer)), .timestamps(hours.map(\.hour.startedAt?.microseconds)),
                    .int4s(hours.map { Int32(clamping: $0.hour.released) }),
                    .int4s(hours.map { Int32(clamping: $0.hour.refused) }),
                    .int4s(hours.map { Int32(clamping: $0.hour.rest?.count ?? 0) }),
                    .texts(hours.map(\.hour.rest?.field)),
                ]))
        return statements
    }
}

extension RevealHour {
    /// Columns `started_at`, `released`, `refused`, `rest`, `rest_field` from the second on.
    init(_ row: Row) throws {
        let rest = try row.optionalText(5).map { Rest(count: Int(try row.int64(4)), field: $0) }
        self.init(
            startedAt: try row.optionalTimestampMicroseconds(1).map(Timestamp.init(microseconds:)),
            released: Int(try row.int64(2)), refused: Int(try row.int64(3)), rest: rest)
    }
}

/// After entries of the access log may have been lost.
extension FieldsStore {
    func beginHistory(_ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection) async throws {
        try await LedgerEpoch.begin(epoch, partitions: partitions, at: now, on: connection)
    }
}
