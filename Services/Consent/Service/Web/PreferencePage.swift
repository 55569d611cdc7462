import ConsentDomain
import ConsentPages
import Cryptography
import FoundationEssentials
import Messaging
import Models
import Settings
import Words

/// `/p/<token>`: the contact's page (P1). Whoever holds the link can look; nothing counts before it is confirmed by
/// mail (P6).
struct PreferencePage: Sendable {
    let flow: PageFlow
    let others: OtherServices
    let environment: ConsentEnvironment

    /// GET changes nothing.
    func show(_ link: LinkToken.Opened, _ visit: Visit) async -> Page {
        await withContact(of: link, visit) { id, contact, words in
            guard works(link, contact) else { return ended(link, words) }
            let email = await others.emailChoices(id)
            await leasesRunOut(contact, email)
            return flow.renderer.preferences(content(contact, email), nonce: nonce(link), words)
        }
    }

    /// POST: one of the buttons (contract section 7).
    func act(_ link: LinkToken.Opened, _ form: FormBody?, _ visit: Visit) async -> Page {
        await withContact(of: link, visit) { id, contact, words in
            guard let form, let button = form["action"] else { return flow.notice(\.unclearForm, .badRequest, words) }
            let isWorking = works(link, contact)
            guard let asked = await asked(button, form, id, contact, isWorking: isWorking) else {
                return isWorking ? flow.notice(\.unclearForm, .badRequest, words) : ended(link, words)
            }
            let hasNonce = form["nonce"].map { isNonce($0, of: link) } ?? false
            let seed = form["nonce"] ?? Base64URL.encode(Random.bytes(16))
            let changes = asked.wanted.map { "\($0.change.name)=\($0.change.value)" }.joined(separator: " ")
            let order = PageForm(
                id: derivedID("page form", id.text, seed, asked.action.rawValue, changes), action: asked.action,
                wanted: asked.wanted, hasNonce: hasNonce, language: words.tag, evidence: visit.evidence)
            return await send(order, id, words)
        }
    }

    private func send(_ order: PageForm, _ contact: ContactID, _ words: Words) async -> Page {
        await flow.carryOut(nil, words) { () throws(AskError) in
            let outcome = try await others.submit(order, of: contact)
            let changes = order.wanted.map(\.change)
            func result(_ notice: NoticePath, _ status: Page.Status = .ok, listing: Bool = false) -> Page {
                flow.renderer.result(notice, status, words, listing ? changes : [], linksBack: true)
            }
            return switch (outcome, order.action) {
            case (.mailed, .resend): result(\.changes.mailedAgain)
            case (.mailed, .newLink): flow.renderer.result(\.changes.newLinkSent, .ok, words)
            case (.mailed, _): result(\.changes.mailed, listing: true)
            case (.nothing, _): result(\.changes.nothingChanged)
            case (.tooMany, _): result(\.changes.tooManyMails, .tooManyRequests)
            case (.done, _): result(\.changes.withdrawn, listing: true)
            case (.doneAndMailed, _): result(\.changes.withdrawnAndMailed, listing: true)
            case (.cancelled, _): result(\.changes.cancelled)
            }
        }
    }

    /// What a button asks for; nil: it is no button of this page.
    private func asked(
        _ button: String, _ form: FormBody, _ id: ContactID, _ contact: ConsentContact, isWorking: Bool
    ) async -> (action: PageForm.Action, wanted: [PageForm.Wanted])? {
        guard isWorking else {
            switch button {
            case "new-link": return (.newLink, [])
            case "unsubscribe": return (.change, [PageForm.Wanted(.marketing(false))])
            default: return nil
            }
        }
        switch button {
        case "save": return (.change, await changes(form, id, contact))
        case "resend": return (.resend, [])
        case "cancel": return (.cancel, [])
        default: return PageChange(name: "action", value: button).map { (.change, [PageForm.Wanted($0)]) }
        }
    }

    /// The controls whose value differs from the one that the page showed.
    private func changes(
        _ form: FormBody, _ id: ContactID, _ contact: ConsentContact
    ) async -> [PageForm.Wanted] {
        let shown: ShownControls
        if let text = form["shown"] {
            shown = ShownControls(text)
        } else {
            let email = await others.emailChoices(id)
            shown = content(contact, email).shown
        }
        var wanted: [PageForm.Wanted] = []
        func note(_ name: String, _ value: String?, version: String? = nil) {
            guard let value, value != shown.values[name], let change = PageChange(name: name, value: value) else {
                return
            }
            wanted.append(PageForm.Wanted(change, version: version))
        }
        note("marketing", form["marketing"])
        for list in environment.settings.lists {
            let name = "list.\(list.name)"
            // Without its value in the form, the list was not on the page.
            guard shown.values[name] != nil || form[name] != nil else { continue }
            note(name, form[name] == nil ? "off" : "on")
        }
        for consent in environment.consents {
            note("consent.\(consent.name)", form["consent.\(consent.name)"], version: consent.version)
        }
        return wanted
    }

    private func content(_ contact: ConsentContact, _ email: EmailChoices?) -> PageContent {
        PageContent(
            contact: contact, rules: environment.rules, policy: environment.settings.optIn.policy, email: email,
            now: .now)
    }

    /// Whether a page link still counts: it expires, and the contact can end all older ones (P4).
    private func works(_ link: LinkToken.Opened, _ contact: ConsentContact) -> Bool {
        guard let madeAt = link.id.time else { return false }
        if let from = contact.linksFrom, madeAt < from { return false }
        return Timestamp.now - madeAt < environment.settings.page.linkLife
    }

    private func ended(_ link: LinkToken.Opened, _ words: Words) -> Page {
        flow.renderer.pageLinkEnded(nonce: nonce(link), words)
    }

    private func nonce(_ link: LinkToken.Opened) -> String {
        FormNonce.make(.button, .page, id: link.id, now: .now, random: Random.bytes(16), with: environment.linkKeys)
    }

    private func isNonce(_ nonce: String, of link: LinkToken.Opened) -> Bool {
        FormNonce.isValid(nonce, .button, .page, id: link.id, now: .now, with: environment.linkKeys)
    }

    /// A withdrawal is shown only once no permission that was given before can still be used (X3).
    private func leasesRunOut(_ contact: ConsentContact, _ email: EmailChoices?) async {
        let withdrawn = contact.decisions.values.filter { $0.choice == .revoked }.map(\.decidedAt)
        let latest = (withdrawn + [contact.processingSince, email?.since].compactMap { $0 }).max()
        guard let latest, Timestamp.now - latest < Lease.runOut + .seconds(1) else { return }
        try? await Task.sleep(for: Lease.runOut)
    }

    private func withContact(
        of link: LinkToken.Opened, _ visit: Visit,
        _ page: (ContactID, ConsentContact, Words) async -> Page
    ) async -> Page {
        guard let id = ContactID(link.subject) else {
            return flow.notice(\.unknownPage, .notFound, await flow.words(visit))
        }
        do {
            guard let contact = try await flow.reads.contact(id) else {
                return flow.notice(\.unknownPage, .notFound, await flow.words(visit))
            }
            let words = flow.renderer.words(accept: visit.acceptLanguage, locale: contact.locale)
            return await page(id, contact, words)
        } catch {
            return flow.notice(\.unavailable, .serviceUnavailable, await flow.words(visit))
        }
    }
}
