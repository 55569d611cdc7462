import FoundationEssentials
import HTTPTypes
import PostgreSQL

/// `/p/<token>`: the contact's page. It shows nothing of the contact yet, not even an address.
struct PreferencePage: Sendable {
    let renderer: PageRenderer
    let links: PageLinks

    func show(_ link: UUID, _ visit: Visit) async -> Page {
        do throws(DatabaseError) {
            guard let contact = try await links.contact(of: link) else {
                return renderer.notice(.unknownPage, .notFound, renderer.language(accept: visit.acceptLanguage))
            }
            let locale = await links.locale(of: contact)
            return renderer.preferences(renderer.language(accept: visit.acceptLanguage, locale: locale))
        } catch {
            let language = renderer.language(accept: visit.acceptLanguage)
            return renderer.notice(.unavailable, .serviceUnavailable, language)
        }
    }
}
