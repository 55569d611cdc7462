import Cryptography
import HTTPTypes
import Models
import PostgreSQL

/// `/p/<token>`: the contact's page. It shows nothing of the contact yet, not even an address.
struct PreferencePage: Sendable {
    let renderer: PageRenderer
    let links: PageLinks

    func show(_ link: LinkToken.Opened, _ visit: Visit) async -> Page {
        do throws(DatabaseError) {
            guard let contact = try await contact(of: link) else {
                return renderer.notice(.unknownPage, .notFound, renderer.language(accept: visit.acceptLanguage))
            }
            let locale = await links.locale(of: contact)
            return renderer.preferences(renderer.language(accept: visit.acceptLanguage, locale: locale))
        } catch {
            let language = renderer.language(accept: visit.acceptLanguage)
            return renderer.notice(.unavailable, .serviceUnavailable, language)
        }
    }

    /// A link that was given out is a row; one in a mail's footer says itself whose it is (P4).
    private func contact(of link: LinkToken.Opened) async throws(DatabaseError) -> ContactID? {
        if link.subject.isEmpty { return try await links.contact(of: link.id) }
        guard let contact = ContactID(link.subject), try await links.isKnown(contact) else { return nil }
        return contact
    }
}
