package import Models
package import PostgreSQL
package import Settings

/// Which fields a configuration once marked sensitive, and how much of each shows (V6). Each service that reads profile
/// keys has its own table, in its own database, since a single service whose configuration drops a mark would store the
/// value unencrypted.
package struct SensitiveFieldStore: Sendable {
    private static let reading = "SELECT name, shown_end, shown FROM sensitive_field"
    /// Replaces a stored mask only by a narrower one, also when instances with different configurations start at once.
    private static let noting = """
        INSERT INTO sensitive_field AS s (name, shown_end, shown, noted_at)
        SELECT name, shown_end, shown, $4 FROM unnest($1::text[], $2::text[], $3::int4[]) AS n (name, shown_end, shown)
        ON CONFLICT (name) DO UPDATE
        SET shown_end = excluded.shown_end, shown = excluded.shown, noted_at = excluded.noted_at
        WHERE excluded.shown < s.shown
        """

    private let pool: Pool

    /// A store in a service's database.
    package init(pool: Pool) { self.pool = pool }

    /// The stored fields and their masks.
    package func remembered() async throws(DatabaseError) -> Settings.RememberedFields {
        try Self.fields(try await pool.run([Statement(Self.reading)])[0])
    }

    /// The fields and masks that the connection's database stores. Error: SQL state 42P01 where it has no such table.
    package static func remembered(over connection: Connection) async throws(DatabaseError) -> Settings.RememberedFields
    {
        try fields(try await connection.run(Statement(reading)))
    }

    private static func fields(_ rows: Rows) throws(DatabaseError) -> Settings.RememberedFields {
        var fields: Settings.RememberedFields = [:]
        for row in rows {
            let shown = Int(try row.int64(2))
            let end = try row.optionalText(1)
            let mask: Settings.Mask? = end.map { $0 == "first" ? .first(shown) : .last(shown) }
            fields.updateValue(mask, forKey: try row.text(0))
        }
        return fields
    }

    /// Refuses a configuration that drops a stored mark or widens a stored mask, and stores its own marks and masks.
    /// Checks once more afterwards, since another instance may have started with another configuration at the same
    /// moment.
    package func require(yaml: String, at now: Timestamp) async throws {
        try Settings.check(yaml: yaml, against: try await remembered())
        let fields = try Settings.load(yaml: yaml).fields.filter(\.value.sensitive).sorted { $0.key < $1.key }
        let shown = fields.map { Self.shown($0.value.mask) }
        let statement = Statement(
            Self.noting,
            [
                .texts(fields.map(\.key)), .texts(shown.map(\.end)), .int4s(shown.map(\.count)),
                .timestamp(now.microseconds),
            ])
        _ = try await pool.run([statement])
        try Settings.check(yaml: yaml, against: try await remembered())
    }

    private static func shown(_ mask: Settings.Mask?) -> (end: String?, count: Int32) {
        switch mask {
        case .first(let count) where count > 0: ("first", Int32(count))
        case .last(let count) where count > 0: ("last", Int32(count))
        case .first, .last, nil: (nil, 0)
        }
    }
}
