import PostgreSQL

/// A contact's stored address, for mails.
struct AddressRow {
    private static let sql = """
        SELECT c.id, c.erased_at IS NOT NULL, c.address_hash, e.sealed, l.sealed FROM contact c
        LEFT JOIN field e ON e.contact = c.id AND e.name = '@email'
        LEFT JOIN field l ON l.contact = c.id AND l.name = '@locale'
        WHERE c.id = ANY($1)
        """

    let isErased: Bool
    let addressHash: String?
    let email: [UInt8]?
    let locale: [UInt8]?

    static func reading(_ contacts: [String]) -> Statement { Statement(sql, [.texts(contacts)]) }

    /// Rows by contact.
    static func rows(_ rows: Rows) throws(DatabaseError) -> [String: AddressRow] {
        var result: [String: AddressRow] = [:]
        for row in rows {
            result[try row.text(0)] = AddressRow(
                isErased: try row.bool(1), addressHash: try row.optionalText(2), email: try row.optionalBytes(3),
                locale: try row.optionalBytes(4))
        }
        return result
    }
}
