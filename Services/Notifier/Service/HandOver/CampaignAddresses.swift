import Cryptography
import FoundationEssentials
import NotifierDomain
import PostgreSQL

/// Ensures that an address gets a campaign only once, even if several contacts have it, and despite repeated requests
/// and restarts (N4). A row reserves the address for one mail, from before the mail is sent until it is put back or
/// ends undelivered.
struct CampaignAddresses: Sendable {
    /// The state of another mail of the campaign that has reserved the address.
    enum Use: Sendable {
        /// The mail is being handed over.
        case underWay
        /// The mail reached the address, or may have.
        case reached
    }

    // The fixed order prevents deadlocks between two workers.
    private static let take =
        """
        INSERT INTO campaign_address (key, mail)
        SELECT key, mail FROM unnest($1::bytea[], $2::uuid[]) AS asked (key, mail) ORDER BY key, mail
        ON CONFLICT DO NOTHING
        """
    // A worker that stalled for minutes may have reserved an address for a mail that had ended meanwhile. A mail that
    // ended undelivered stays undelivered; its reservation is deleted here.
    private static let others =
        """
        WITH other AS (
            SELECT asked.mail, taken.key, mail.state
            FROM unnest($1::bytea[], $2::uuid[]) AS asked (key, mail)
                JOIN campaign_address AS taken ON taken.key = asked.key AND taken.mail <> asked.mail
                LEFT JOIN mail ON mail.id = taken.mail),
        freed AS (
            DELETE FROM campaign_address USING other
            WHERE campaign_address.key = other.key AND coalesce(other.state, 'failed') IN ('failed', 'suppressed'))
        SELECT mail, coalesce(state, 'failed') IN ('sent', 'unknown') FROM other
        """

    let pool: Pool

    /// Reserves the addresses of a claim's campaign mails; returns the mails whose address another mail has reserved.
    func take(for mails: [ClaimedMail]) async throws -> [UUID: Use] {
        let asked = mails.flatMap { mail in Self.keys(mail).map { (key: $0, mail: mail.id) } }
        guard !asked.isEmpty else { return [:] }
        let parameters: [Parameter] = [.byteArrays(asked.map(\.key)), .uuids(asked.map(\.mail))]
        let rows = try await pool.run([Statement(Self.take, parameters), Statement(Self.others, parameters)])[1]
        return try rows.reduce(into: [:]) { uses, row in
            let mail = try row.uuid(0)
            if try row.bool(1) { uses[mail] = .reached } else { uses[mail] = uses[mail] ?? .underWay }
        }
    }

    /// One key per hash of the address: there are several if the key has several versions (O15).
    private static func keys(_ mail: ClaimedMail) -> [[UInt8]] {
        guard let campaign = mail.kind.campaign, let hashes = mail.resolvedHash else { return [] }
        return hashes.split(separator: ",").map { hash in
            Array(Digest.sha256(Array("\(campaign)\0\(hash)".utf8)).prefix(16))
        }
    }
}
