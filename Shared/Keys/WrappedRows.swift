import Cryptography
import Models
import PostgreSQL

/// Finds out from the key store's rows whether a key is the one under which they are wrapped.
struct WrappedRows: Sendable {
    /// Rows of a table that are tried for a proof; a single row might have been changed by hand.
    private static let sampleSize = 100
    /// Contacts in one statement.
    private static let pageSize = 2000
    private static let contacts = """
        SELECT contact, keys::text FROM contact_key WHERE version = $1 AND contact > $2 ORDER BY contact LIMIT $3
        """
    private static let indexes = """
        SELECT field, wrapped FROM index_key WHERE version = $1 AND field > $2 ORDER BY field LIMIT $3
        """

    let pool: Pool

    /// Whether any of some rows of the key's version opens; true also where there is nothing to open.
    func isOpened(by key: KeyRing.VersionedKey) async throws -> Bool {
        let of: [Parameter] = [.int4(Int32(key.version)), .text(""), .int4(Int32(Self.sampleSize))]
        let rows = try await pool.run([Statement(Self.contacts, of), Statement(Self.indexes, of)])
        let wrapped = try rows[0].flatMap { Self.keys(of: try $0.text(1)) } + rows[1].map { try $0.bytes(1) }
        if wrapped.contains(where: { key.unwraps($0) }) { return true }
        let sealing = try await SealingKeyStore.count(under: key.version, openedBy: key, pool)
        return sealing.opened > 0 || (wrapped.isEmpty && sealing.all == 0)
    }

    /// How many rows that name the version of `current` open under one of the `others` instead, so that they would be
    /// lost with these.
    func needing(_ others: [KeyRing.VersionedKey], insteadOf current: KeyRing.VersionedKey) async throws -> Int {
        var count = 0
        for statement in [Self.contacts, Self.indexes] {
            var behind = ""
            while true {
                let page = Statement(
                    statement, [.int4(Int32(current.version)), .text(behind), .int4(Int32(Self.pageSize))])
                let rows = try await pool.run([page])[0]
                guard let last = rows.last else { break }
                behind = try last.text(0)
                for row in rows {
                    let keys = statement == Self.contacts ? Self.keys(of: try row.text(1)) : [try row.bytes(1)]
                    let needsOther = keys.contains { key in
                        !current.unwraps(key) && others.contains { $0.unwraps(key) }
                    }
                    if needsOther { count += 1 }
                }
            }
        }
        for other in others {
            count += try await SealingKeyStore.count(under: current.version, openedBy: other, pool).opened
        }
        return count
    }

    /// The values in a contact's row that have the form of a wrapped key.
    private static func keys(of text: String) -> [[UInt8]] {
        let members = (try? JSON(parsing: Array(text.utf8)))?.members ?? []
        return members.compactMap { member in
            member.value.text.flatMap { Base64URL.decode($0) }.flatMap { $0.count == AESKey.wrappedLength ? $0 : nil }
        }
    }
}

extension KeyRing.VersionedKey {
    /// Whether this key wrapped `wrapped`.
    fileprivate func unwraps(_ wrapped: [UInt8]) -> Bool { (try? encryption.unwrap(wrapped)) != nil }
}
