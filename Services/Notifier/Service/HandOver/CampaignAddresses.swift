import Cryptography
import FoundationEssentials
import NotifierDomain
import PostgreSQL

/// Which mail of a campaign reaches an address: one mail each, however many contacts have it, whatever is repeated or
/// restarted (N4). The address's row is the mail's from before its end is sent until it is put back or ends
/// undelivered.
struct CampaignAddresses: Sendable {
    /// What another mail of the campaign does with the address.
    enum Use: Sendable {
        /// It is being handed over.
        case underWay
        /// It reached the address, or may have.
        case reached
    }

    // In one order, so that two workers wait for each other and not both.
    private static let take =
        """
        INSERT INTO campaign_address (key, mail)
        SELECT key, mail FROM unnest($1::bytea[], $2::uuid[]) AS asked (key, mail) ORDER BY key, mail
        ON CONFLICT DO NOTHING
        """
    // A worker that stood still for minutes may have taken an address for a mail that had ended meanwhile; a mail that
    // ended undelivered stays so, and gives the address back here.
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

    /// Takes the addresses of a claim's campaign mails; answers those that other mails have, by mail.
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

    /// One for each hash of the address: there are several where the key has several versions (O15).
    private static func keys(_ mail: ClaimedMail) -> [[UInt8]] {
        guard let campaign = mail.kind.campaign, let hashes = mail.resolvedHash else { return [] }
        return hashes.split(separator: ",").map { hash in
            Array(Digest.sha256(Array("\(campaign)\0\(hash)".utf8)).prefix(16))
        }
    }
}
