import FoundationEssentials
import PostgreSQL

/// Claims of instances that are no more, and claims that ran out.
struct LostClaims: Sendable {
    private static let claimants =
        """
        SELECT claimant.id, instance.seen_at
        FROM (
            SELECT DISTINCT claimed_by AS id FROM mail WHERE state IN ('claimed', 'handing') AND claimed_by <> $1
        ) AS claimant LEFT JOIN instance ON instance.id = claimant.id
        """
    // Nothing of a mail that is not noted was delivered, and its worker cannot note it any more.
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

    /// Takes back what ran out, and answers which other instances hold claims, each with its last sign of life in the
    /// database, as a number that only its own later ones are compared with.
    func takeBackRunOut(_ instance: UUID) async throws -> [UUID: Int64?] {
        let rows = try await pool.run([
            Statement(Self.queueRunOut), Statement(Self.claimants, [.uuid(instance)]),
        ])[1]
        return try rows.reduce(into: [:]) { claimants, row in
            claimants[try row.uuid(0)] = .some(try row.optionalTimestampMicroseconds(1))
        }
    }

    /// Takes back all claims of instances that are no more: what may have been delivered to a campaign's recipient ends
    /// as unknown, the rest is queued (N3).
    func takeBack(from gone: [UUID]) async throws {
        guard !gone.isEmpty else { return }
        _ = try await pool.run([Statement(Self.endNoted, [.uuids(gone)]), Statement(Self.queue, [.uuids(gone)])])
    }
}
