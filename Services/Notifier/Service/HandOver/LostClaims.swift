import FoundationEssentials
import PostgreSQL

/// Takes over claims of dead instances, and expired claims.
struct LostClaims: Sendable {
    private static let claimants =
        """
        SELECT claimant.id, instance.seen_at
        FROM (
            SELECT DISTINCT claimed_by AS id FROM mail WHERE state IN ('claimed', 'handing') AND claimed_by <> $1
        ) AS claimant LEFT JOIN instance ON instance.id = claimant.id
        """
    // A mail that was not noted was not delivered, and its worker can no longer note it.
    private static let queueRunOut =
        """
        WITH lost AS (
            UPDATE mail SET state = 'queued', claim = NULL, claimed_by = NULL, claimed_until = NULL
            WHERE state = 'claimed' AND claimed_until < now()
            RETURNING id)
        DELETE FROM campaign_address USING lost WHERE campaign_address.mail = lost.id
        """
    private static let endNoted =
        """
        UPDATE mail SET state = 'unknown', reason = 'unknown', ended_at = now(), tell_at = now(), address_hash = NULL,
            claimed_by = NULL, claimed_until = NULL
        WHERE state = 'handing' AND kind = 'campaign' AND claimed_by = ANY ($1)
        """
    private static let queue =
        """
        WITH lost AS (
            UPDATE mail SET state = 'queued', claim = NULL, claimed_by = NULL, claimed_until = NULL
            WHERE state IN ('claimed', 'handing') AND claimed_by = ANY ($1)
            RETURNING id)
        DELETE FROM campaign_address USING lost WHERE campaign_address.mail = lost.id
        """

    let pool: Pool

    /// Releases expired claims, and returns the other instances that hold claims, each with its last heartbeat in the
    /// database, as a number that is only compared with later ones of the same instance.
    func takeBackRunOut(_ instance: UUID) async throws -> [UUID: Int64?] {
        let rows = try await pool.run([
            Statement(Self.queueRunOut), Statement(Self.claimants, [.uuid(instance)]),
        ])[1]
        return try rows.reduce(into: [:]) { claimants, row in
            claimants[try row.uuid(0)] = .some(try row.optionalTimestampMicroseconds(1))
        }
    }

    /// Releases all claims of dead instances: a campaign's mail that may have been delivered ends as unknown, the rest
    /// is queued again (N3).
    func takeBack(from gone: [UUID]) async throws {
        guard !gone.isEmpty else { return }
        _ = try await pool.run([Statement(Self.endNoted, [.uuids(gone)]), Statement(Self.queue, [.uuids(gone)])])
    }
}
