import Messaging
import PostgreSQL

/// Detects that one of the two databases was restored from a backup. Both hold a number that rises, first in the
/// vault's database; after a restore the two differ (V5).
///
/// The number rises more often than outdated postings are deleted. So if a restored backup has the same number, the
/// postings of its values still exist.
struct FindMarks: Sendable {
    private static let reading = "SELECT number FROM find_mark"
    private static let inserting = "INSERT INTO find_mark (number) VALUES ($1) ON CONFLICT DO NOTHING"
    private static let moving = "UPDATE find_mark SET number = $2 WHERE number = $1::int8"
    /// A concurrent second call changes nothing.
    private static let beginning = """
        WITH moved AS (UPDATE find_mark SET number = $2 WHERE number = $1::int8 RETURNING number)
        UPDATE find_pass SET cursor = '', finished_at = NULL
        WHERE id = (SELECT max(id) FROM find_pass) AND EXISTS (SELECT FROM moved)
        """

    let data: Pool
    let keys: Pool

    /// Raises the number. If the two differ, starts another pass over all contacts and returns true.
    func move() async throws -> Bool {
        guard let known = try await number(keys) else {
            if let number = try await number(data) {
                _ = try await keys.run([Statement(Self.inserting, [.int8(number)])])
            }
            return false
        }
        guard let number = try await number(data) else { return false }
        if number == known || number == known + 1 {
            if number == known { _ = try await data.run([Statement(Self.moving, [.int8(known), .int8(known + 1)])]) }
            _ = try await keys.run([Statement(Self.moving, [.int8(known), .int8(known + 1)])])
            return false
        }
        // Another instance may have raised both numbers between the two reads.
        guard try await self.number(keys) == known else { return false }
        _ = try await keys.run([Statement(Self.beginning, [.int8(known), .int8(number)])])
        return true
    }

    private func number(_ pool: Pool) async throws -> Int64? {
        try await pool.run([Statement(Self.reading)])[0].first?.int64(0)
    }
}
