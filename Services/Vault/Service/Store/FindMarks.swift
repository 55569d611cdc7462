import Messaging
import PostgreSQL

/// Notices that one of the two databases was restored from a backup, by a number that rises in both, in the vault's
/// first: what stands in the restored one was not stored after what the other knows of it (V5).
///
/// The number rises oftener than reviews come due. So where it stands still at a restore, every posting does too.
struct FindMarks: Sendable {
    private static let reading = "SELECT number FROM find_mark"
    private static let inserting = "INSERT INTO find_mark (number) VALUES ($1) ON CONFLICT DO NOTHING"
    private static let moving = "UPDATE find_mark SET number = $2 WHERE number = $1::int8"
    /// Whoever is second does nothing.
    private static let beginning = """
        WITH moved AS (UPDATE find_mark SET number = $2 WHERE number = $1::int8 RETURNING number)
        UPDATE find_pass SET cursor = '', finished_at = NULL
        WHERE id = (SELECT max(id) FROM find_pass) AND EXISTS (SELECT FROM moved)
        """

    let data: Pool
    let keys: Pool

    /// Takes the number further; where the two differ begins another pass over all contacts. True: it did.
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
        // Another instance may have moved both between the two looks.
        guard try await self.number(keys) == known else { return false }
        _ = try await keys.run([Statement(Self.beginning, [.int8(known), .int8(number)])])
        return true
    }

    private func number(_ pool: Pool) async throws -> Int64? {
        try await pool.run([Statement(Self.reading)])[0].first?.int64(0)
    }
}
