import FoundationEssentials
import Messaging
import Models
import PostgreSQL

/// Reads for the web: the contact of a page link, and a contact's language.
struct PageLinks: Sendable {
    private static let find = "SELECT contact FROM page_link WHERE id = $1 AND created_at > $2"
    private static let exists = "SELECT 1 FROM contact WHERE id = $1 AND is_known"
    private static let locale = "SELECT locale FROM contact WHERE id = $1"

    let pool: Pool
    /// How long a link works (P4).
    let life: Duration

    /// The contact of a page link; nil where the link does not exist or no longer works.
    func contact(of link: UUID, at now: Timestamp = .now) async throws(DatabaseError) -> ContactID? {
        let statement = Statement(Self.find, [.uuid(link), .timestamp((now - life).microseconds)])
        guard let row = try await pool.run([statement]).first?.first else { return nil }
        return ContactID(try row.text(0))
    }

    /// Whether a message created the contact.
    func exists(_ contact: ContactID) async throws(DatabaseError) -> Bool {
        try await pool.run([Statement(Self.exists, [.text(contact.text)])]).first?.first != nil
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
}
