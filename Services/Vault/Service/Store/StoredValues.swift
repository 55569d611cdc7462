import PostgreSQL
import VaultDomain

/// Stored values of contacts that are created and not erased, for comparison with postings (V5).
struct StoredValues: Sendable {
    /// LATERAL … LIMIT makes the planner look up each value in the index, regardless of its statistics.
    private static let values = """
        SELECT w.place, f.stored_at, f.sealed
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (contact, name, place)
        CROSS JOIN LATERAL (
            SELECT stored_at, CASE WHEN $3 THEN sealed END AS sealed FROM field
            WHERE contact = w.contact AND name = w.name LIMIT 1) AS f
        CROSS JOIN LATERAL (SELECT FROM contact WHERE id = w.contact AND erased_at IS NULL LIMIT 1) AS c
        """

    let pool: Pool

    /// The contact and field of a value.
    struct Place: Sendable, Hashable {
        let contact: String
        let field: FieldName
    }

    /// A stored value.
    struct Stored: Sendable {
        let stamp: Int64
        /// Nil if it was not requested.
        let sealed: [UInt8]?
    }

    /// The stored values of these places.
    func values(at places: Set<Place>, withSealed: Bool) async throws -> [Place: Stored] {
        let places = Array(places)
        let statement = Statement(
            Self.values,
            [.texts(places.map(\.contact)), .texts(places.map(\.field.text)), .bool(withSealed)])
        var stored: [Place: Stored] = [:]
        for row in try await pool.run([statement])[0] {
            stored[places[Int(try row.int64(0)) - 1]] = Stored(
                stamp: try row.timestampMicroseconds(1), sealed: try row.optionalBytes(2))
        }
        return stored
    }
}
