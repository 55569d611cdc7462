import ConsentDomain
import FoundationEssentials
import Models
import PostgreSQL

/// Reads for the contacts' web.
struct PageReads: Sendable {
    /// A confirmation mail's row.
    struct Found: Sendable {
        let contact: ContactID
        let submission: Submission
        /// Whether a button pressed now comes sooner after the mail's hand-over than a human could press it (P6).
        let isEarly: Bool
    }

    private static let locale = "SELECT locale FROM contact WHERE id = $1"
    private static let submission = """
        SELECT contact, handed_at IS NULL OR now() - handed_at < interval '10 seconds', id, kind, created_at,
            expires_at, wanted, state, handed_at, wrong_codes, mails, mailed_at, request
        FROM submission WHERE id = $1
        """

    let pool: Pool

    /// The state of a contact; nil if no message created it.
    func contact(_ id: ContactID) async throws -> ConsentContact? {
        let store = ConsentStore()
        let rows = try await pool.run(store.loading([id.text]))
        let contact = try await store.states(of: [id.text], from: rows[...])[id.text]
        return contact?.exists == true ? contact : nil
    }

    /// The contact's language tag, or nil if the database is unavailable: only the page's language depends on it.
    func locale(of contact: ContactID) async -> String? {
        do throws(DatabaseError) {
            let rows = try await pool.run([Statement(Self.locale, [.text(contact.text)])])
            return try rows.first?.first?.optionalText(0)
        } catch {
            return nil
        }
    }

    /// Nil if there is no such row.
    func submission(_ id: UUID) async throws -> Found? {
        guard let row = try await pool.run([Statement(Self.submission, [.uuid(id)])])[0].first,
            let contact = ContactID(try row.text(0))
        else { return nil }
        return Found(contact: contact, submission: try Submission(row, from: 2), isEarly: try row.bool(1))
    }
}
