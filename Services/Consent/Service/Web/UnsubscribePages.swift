import Cryptography
import HTTPTypes
import Messaging
import Models

/// For the question whether an opt-out is there already; without an answer it is ordered.
private let firstLook = Duration.milliseconds(500)

/// `/u/<token>`: the one-click opt-out of a mail (O11, RFC 8058).
struct UnsubscribePages: Sendable {
    let renderer: PageRenderer
    let others: OtherServices
    let links: PageLinks

    /// GET: a page with the button, for those who follow the link; changes nothing.
    func show(_ link: LinkToken.Opened, _ visit: Visit) async -> Page {
        guard let contact = ContactID(link.subject) else { return unknown(visit) }
        let language = await language(of: contact, visit)
        if await others.hasOptedOut(contact, mail: link.id) { return renderer.notice(.unsubscribed, .ok, language) }
        guard visit.sent != nil, visit.look < mostLooks else { return renderer.unsubscribe(language) }
        return waiting(look: visit.look + 1, language)
    }

    /// POST, of a mail program or from the button: no redirect and no cookie (RFC 8058 section 3.1). 200 means that no
    /// mail goes out any more (X3). Mail programs repeat it: who has opted out is answered as the first time, and
    /// nothing is written. The state says so and not the link, for the same link must work again for somebody who
    /// subscribed anew.
    func act(_ link: LinkToken.Opened, _ visit: Visit) async -> Page {
        guard let contact = ContactID(link.subject) else { return unknown(visit) }
        let language = await language(of: contact, visit)
        if await others.hasOptedOut(contact, mail: link.id, timeout: firstLook) {
            return renderer.notice(.unsubscribed, .ok, language)
        }
        let order = UnsubscribeOrder(mail: link.id, evidence: visit.evidence)
        return await carryOut(order, of: contact, language)
    }

    private func carryOut(_ order: UnsubscribeOrder, of contact: ContactID, _ language: PageLanguage) async -> Page {
        do throws(AskError) {
            try await others.unsubscribe(order, of: contact)
            return renderer.notice(.unsubscribed, .ok, language)
        } catch {
            switch error {
            case .unanswered: return waiting(look: 1, language)
            case .unreachable: return unavailable(language)
            case .refused(let refusal):
                let isGone = [.erased, .unknownContact, .notFound].contains(refusal.code)
                return isGone ? renderer.notice(.nothingLeft, .gone, language) : unavailable(language)
            }
        }
    }

    /// Looks again until the opt-out is carried out.
    private func waiting(look: Int, _ language: PageLanguage) -> Page {
        renderer.waiting(language, again: "?sent=decline&look=\(look)", form: "?")
    }

    private func unavailable(_ language: PageLanguage) -> Page {
        renderer.notice(.unavailable, .serviceUnavailable, language)
    }

    private func unknown(_ visit: Visit) -> Page {
        renderer.notice(.unknownPage, .notFound, renderer.language(accept: visit.acceptLanguage))
    }

    private func language(of contact: ContactID, _ visit: Visit) async -> PageLanguage {
        renderer.language(accept: visit.acceptLanguage, locale: await links.locale(of: contact))
    }
}
