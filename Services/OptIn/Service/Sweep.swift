import FoundationEssentials
import Logging
import Messaging
import Models
import PostgreSQL
import ServiceKit
import Settings

/// Time between two sweeps, and before the first one.
private let interval = Duration.seconds(6 * 3600)
/// Rows that one statement reads.
private let pageSize = 1000
/// How long an ended link stays readable ("you have confirmed already"); it also tolerates clock errors of that size.
private let afterlife = Duration.seconds(30 * 86_400)

/// Deletes rows that are no longer needed: links of mails that ended, mails that may no longer be answered, unused
/// addresses (E3). Each table is walked by its primary key, one bounded page per statement; the migrations document
/// when a table's rows are deleted. Every instance sweeps, which is harmless.
struct Sweep {
    let pool: Pool
    let settings: Settings.OptIn
    let log: Logger

    /// Ids are ordered by time, so the oldest links come first.
    private static let confirmations = """
        WITH page AS (
            SELECT id FROM confirmation WHERE id > $1::uuid AND id < $2 ORDER BY id LIMIT \(pageSize)),
        gone AS (DELETE FROM confirmation USING page WHERE confirmation.id = page.id AND expires_at < $3)
        SELECT id::text FROM page ORDER BY id DESC LIMIT 1
        """
    private static let receivedMails = """
        WITH page AS (
            SELECT contact, message_hash FROM received_mail
            WHERE (contact, message_hash) > (split_part($1, ' ', 1), split_part($1, ' ', 2))
            ORDER BY contact, message_hash LIMIT \(pageSize)),
        gone AS (
            DELETE FROM received_mail AS r USING page, contact AS c
            WHERE r.contact = page.contact AND r.message_hash = page.message_hash AND c.contact = page.contact
                AND c.last_received_at < $2)
        SELECT contact || ' ' || message_hash FROM page ORDER BY contact DESC, message_hash DESC LIMIT 1
        """
    private static let addresses = """
        SELECT hash FROM address WHERE hash > $1 ORDER BY hash LIMIT \(pageSize)
        """
    /// Locks in the order in which batches lock; `forget` checks again under the lock, so that an address that a
    /// contact got in the meantime is kept.
    private static let lockForgotten = """
        SELECT hash FROM address WHERE hash = ANY ($1::text[]) AND same_as IS NULL AND NOT is_opted_out
            AND coalesce(mailed_at, '-infinity') < $2
            AND NOT EXISTS (SELECT FROM contact WHERE address_hash = address.hash)
            AND NOT EXISTS (
                SELECT FROM address AS alias JOIN contact ON address_hash = alias.hash
                WHERE alias.same_as = address.hash)
        ORDER BY hash FOR UPDATE SKIP LOCKED
        """
    private static let forget = """
        WITH had AS (
            SELECT coalesce(a.same_as, a.hash) AS root FROM address AS a JOIN contact ON address_hash = a.hash
            WHERE a.hash = ANY ($1::text[]) OR a.same_as = ANY ($1::text[]))
        DELETE FROM address WHERE (hash = ANY ($1::text[]) OR same_as = ANY ($1::text[]))
            AND NOT EXISTS (SELECT FROM had WHERE root = coalesce(address.same_as, address.hash))
        """

    var companion: Periodic {
        Periodic(
            every: interval, after: interval, failure: "deleting old rows failed; the next sweep deletes them",
            log: log
        ) { try await sweep(at: .now) }
    }

    /// Sweeps all tables once.
    func sweep(at now: Timestamp) async throws {
        let ended = now - afterlife
        let lastID = UUID.timeOrdered(at: ended - settings.linkLife, random: [UInt8](repeating: 0, count: 10))
        try await walk("00000000-0000-0000-0000-000000000000") { cursor in
            Statement(Self.confirmations, [.text(cursor), .uuid(lastID), .timestamp(ended.microseconds)])
        }
        if let window = settings.replyWindow {
            try await walk("") { cursor in
                Statement(Self.receivedMails, [.text(cursor), .timestamp((ended - window).microseconds)])
            }
        }
        try await forgetAddresses(mailedBefore: ended - settings.mailEvery)
    }

    /// Walks a table page by page; each statement returns the last key that it read.
    private func walk(_ start: String, _ page: (String) -> Statement) async throws {
        var cursor = start
        while let row = try await pool.run([page(cursor)])[0].first {
            try Task.checkCancellation()
            cursor = try row.text(0)
        }
    }

    private func forgetAddresses(mailedBefore: Timestamp) async throws {
        var cursor = ""
        while true {
            try Task.checkCancellation()
            let page = try await pool.run([Statement(Self.addresses, [.text(cursor)])])[0].map { try $0.text(0) }
            guard let last = page.last else { return }
            cursor = last
            try await pool.withConnection { connection in
                let lock = Statement(Self.lockForgotten, [.texts(page), .timestamp(mailedBefore.microseconds)])
                let rows = try await connection.run([Statement("BEGIN"), lock])[1]
                let hashes = try rows.map { try $0.text(0) }
                _ = try await connection.run([Statement(Self.forget, [.texts(hashes)]), Statement("COMMIT")])
            }
        }
    }
}
