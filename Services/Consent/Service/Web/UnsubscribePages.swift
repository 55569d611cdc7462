import ConsentPages
import Cryptography
import HTTPTypes
import Messaging
import Models
import Words

/// Timeout for the question whether an opt-out is in force already; without an answer the opt-out is ordered.
private let firstLook = Duration.milliseconds(500)

/// `/u/<token>`: the one-click opt-out of a mail (O11, RFC 8058).
struct UnsubscribePages: Sendable {
    let flow: PageFlow
    let others: OtherServices

    /// GET shows a page with the button and changes nothing.
    func show(_ link: LinkToken.Opened, _ visit: Visit) async -> Page {
        guard let contact = ContactID(link.subject) else { return await unknown(visit) }
        let words = await flow.words(for: contact, visit)
        if await others.hasOptedOut(contact, mail: link.id) { return flow.notice(\.unsubscribed, .ok, words) }
        return flow.waiting(visit, words) ?? flow.renderer.unsubscribe(words)
    }

    /// POST by a mail program or from the button: no redirect and no cookie (RFC 8058 section 3.1). 200 means that no
    /// mail is sent any more (X3). Mail programs retry: a contact who has opted out gets the same answer again, and
    /// nothing is written. The contact's status decides this and not the link, because the same link must work again
    /// for a contact who subscribed anew.
    func act(_ link: LinkToken.Opened, _ visit: Visit) async -> Page {
        guard let contact = ContactID(link.subject) else { return await unknown(visit) }
        let words = await flow.words(for: contact, visit)
        if await others.hasOptedOut(contact, mail: link.id, timeout: firstLook) {
            return flow.notice(\.unsubscribed, .ok, words)
        }
        let order = UnsubscribeOrder(mail: link.id, evidence: visit.evidence)
        return await flow.carryOut(.decline, words) { () throws(AskError) in
            try await others.unsubscribe(order, of: contact)
            return flow.notice(\.unsubscribed, .ok, words)
        } refused: { refusal in
            let isGone = [.erased, .unknownContact, .notFound].contains(refusal.code)
            return isGone
                ? flow.notice(\.nothingLeft, .gone, words) : flow.notice(\.unavailable, .serviceUnavailable, words)
        }
    }

    private func unknown(_ visit: Visit) async -> Page {
        flow.notice(\.unknownPage, .notFound, await flow.words(visit))
    }
}
