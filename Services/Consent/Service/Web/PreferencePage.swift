import Cryptography
import HTTPTypes
import Models
import PostgreSQL
import Words

/// `/p/<token>`: the contact's page. It shows nothing of the contact yet, not even an address.
struct PreferencePage: Sendable {
    let flow: PageFlow

    func show(_ link: LinkToken.Opened, _ visit: Visit) async -> Page {
        do throws(DatabaseError) {
            guard let contact = try await contact(of: link) else {
                return flow.notice(\.unknownPage, .notFound, await flow.words(visit))
            }
            return flow.renderer.preferences(await flow.words(for: contact, visit))
        } catch {
            return flow.notice(\.unavailable, .serviceUnavailable, await flow.words(visit))
        }
    }

    /// The contact of a link: an issued link has a row; the token of a footer link names the contact itself (P4).
    private func contact(of link: LinkToken.Opened) async throws(DatabaseError) -> ContactID? {
        if link.subject.isEmpty { return try await flow.links.contact(of: link.id) }
        guard let contact = ContactID(link.subject), try await flow.links.exists(contact) else { return nil }
        return contact
    }
}
