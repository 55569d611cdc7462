import Cryptography
import Models
import PostgreSQL

/// Wraps the data keys of contacts, and the keys of indexes, anew under the current version, while others read and
/// write the same rows.
///
/// A row is replaced only if it has not changed since it was read, so that no key added meanwhile is lost, and no key
/// destroyed meanwhile comes back; changed rows are tried again.
struct Rewrapping: Sendable {
    private static let counting = "SELECT count(*) FROM contact_key WHERE version = $1"
    private static let reading = """
        SELECT contact, keys::text FROM contact_key WHERE version = $1 AND contact > $2 ORDER BY contact LIMIT $3
        """
    /// Skips rows that another transaction has locked, so that the rotation never waits for a row's lock.
    private static let writing = """
        WITH new AS (
            SELECT contact, was::jsonb, keys::jsonb
            FROM unnest($1::text[], $2::text[], $3::text[]) AS n (contact, was, keys)
        ), mine AS (
            SELECT k.contact, n.keys FROM new n JOIN contact_key k ON k.contact = n.contact
            WHERE k.version = $4 AND k.keys = n.was ORDER BY k.contact FOR UPDATE OF k SKIP LOCKED
        )
        UPDATE contact_key k SET version = $5, keys = m.keys FROM mine m WHERE k.contact = m.contact
        """
    private static let readingIndexes = """
        SELECT field, wrapped FROM index_key WHERE version = $1 AND field > $2 ORDER BY field LIMIT $3
        """
    private static let writingIndex = """
        UPDATE index_key SET version = $4, wrapped = $5 WHERE field = $1 AND wrapped = $2 AND version = $3
        """

    let pool: Pool
    let keys: HeldKeys
    let batchSize: Int

    /// The result of a walk over the rows of one version.
    struct Walk {
        var rewrapped = 0
        /// Rows with a key that does not open: left as they are.
        var unreadable = 0
        /// Rows that were changed meanwhile, or locked.
        var missed = 0
    }

    private struct Row {
        let contact: String
        let keys: String
    }

    private struct Fresh {
        var contacts: [String] = []
        var was: [String] = []
        var keys: [String] = []
        var unreadable = 0
    }

    /// Rows of contacts under a version.
    func count(under version: Int) async throws -> Int {
        Int(try await pool.run([Statement(Self.counting, [.int4(Int32(version))])])[0][0].int64(0))
    }

    /// One walk over the contacts' rows of a version; `rewrapped` is called for each batch with the number of rows
    /// written. While one batch is wrapped, the previous one is written and the next is read.
    func walk(_ version: Int, rewrapped: (Int) async throws -> Void) async throws -> Walk {
        let old = try keysOpening(version), new = try keys.current
        var result = Walk()
        var ready = Fresh()
        var rows = try await read(version, after: "")
        while let last = rows.last {
            let before = ready
            async let following = read(version, after: last.contact)
            async let written = write(before, old: version, new: new.version)
            let fresh = wrap(rows, old: old, new: new.encryption)
            let count = try await written
            result.rewrapped += count
            result.missed += before.contacts.count - count
            try await rewrapped(count)
            result.unreadable += fresh.unreadable
            ready = fresh
            rows = try await following
        }
        let count = try await write(ready, old: version, new: new.version)
        result.rewrapped += count
        result.missed += ready.contacts.count - count
        try await rewrapped(count)
        return result
    }

    /// Wraps the keys of indexes anew, one per field, which never change; returns how many do not open.
    func walkIndexes(_ version: Int) async throws -> Int {
        let old = try keysOpening(version), new = try keys.current
        var unreadable = 0
        var behind = ""
        while true {
            let reading = Statement(
                Self.readingIndexes, [.int4(Int32(version)), .text(behind), .int4(Int32(batchSize))])
            let rows = try await pool.run([reading])[0]
            guard let last = rows.last else { return unreadable }
            behind = try last.text(0)
            var statements: [Statement] = []
            for row in rows {
                let wrapped = try row.bytes(1)
                guard let key = unwrapped(wrapped, old) else {
                    unreadable += 1
                    continue
                }
                statements.append(
                    Statement(
                        Self.writingIndex,
                        [
                            .text(try row.text(0)), .bytes(wrapped), .int4(Int32(version)),
                            .int4(Int32(new.version)), .bytes(new.encryption.wrap(key)),
                        ]))
            }
            _ = try await pool.run(statements)
        }
    }

    private func read(_ version: Int, after contact: String) async throws -> [Row] {
        let statement = Statement(
            Self.reading, [.int4(Int32(version)), .text(contact), .int4(Int32(batchSize))])
        return try await pool.run([statement])[0].map { Row(contact: try $0.text(0), keys: try $0.text(1)) }
    }

    /// The key of the rows' version, then those of the others: so a row whose version was changed by hand opens too.
    private func keysOpening(_ version: Int) throws -> [AESKey] {
        try [keys.key(version: version).encryption]
            + keys.versions.filter { $0 != version }.map { try keys.key(version: $0).encryption }
    }

    private func wrap(_ rows: [Row], old: [AESKey], new: AESKey) -> Fresh {
        var fresh = Fresh()
        for row in rows {
            guard let keys = rewrapped(row.keys, old, new) else {
                fresh.unreadable += 1
                continue
            }
            fresh.contacts.append(row.contact)
            fresh.was.append(row.keys)
            fresh.keys.append(keys)
        }
        return fresh
    }

    /// Nil where a key does not open.
    private func rewrapped(_ text: String, _ old: [AESKey], _ new: AESKey) -> String? {
        guard let members = (try? JSON(parsing: Array(text.utf8)))?.members else { return nil }
        var wrapped: [JSON.Member] = []
        for member in members {
            guard let bytes = member.value.text.flatMap({ Base64URL.decode($0) }),
                let key = unwrapped(bytes, old)
            else { return nil }
            wrapped.append(JSON.Member(member.name, .string(Base64URL.encode(new.wrap(key)))))
        }
        return JSON.object(wrapped).serialized
    }

    private func unwrapped(_ wrapped: [UInt8], _ keys: [AESKey]) -> AESKey? {
        for key in keys {
            if let unwrapped = try? key.unwrap(wrapped) { return unwrapped }
        }
        return nil
    }

    /// Returns how many rows were replaced, because they had not changed since they were read.
    private func write(_ fresh: Fresh, old: Int, new: Int) async throws -> Int {
        guard !fresh.contacts.isEmpty else { return 0 }
        let statement = Statement(
            Self.writing,
            [
                .texts(fresh.contacts), .texts(fresh.was), .texts(fresh.keys), .int4(Int32(old)), .int4(Int32(new)),
            ])
        return try await pool.run([statement])[0].affected
    }
}
