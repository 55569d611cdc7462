import ConsentDomain
import Models
import Settings
package import Words

/// The contact's page: the values of the template `preferences.mustache`.
extension PageRenderer {
    /// The page of one contact.
    package func preferences(_ content: PageContent, nonce: String, _ words: Words) -> Page {
        let said = words.preferences
        var more: [String: Any] = [
            "nonce": nonce, "shown": content.shown.text, "say": said.labels, "banners": banners(content, words),
            "email": email(content, words),
        ]
        let consents = content.isFull ? entries(of: content, words) : []
        let hasControls = content.email != nil || !consents.isEmpty
        if hasControls {
            more["saveHint"] = content.rules.withdrawsAtOnce ? said.labels.saveHintAtOnce : said.labels.saveHint
        }
        if let pending = pending(content, words) { more["pending"] = pending }
        guard content.isFull else { return page(.preferences, .ok, words, said.introEmailOnly, more) }
        let language = changes.language(words)
        if let statement = settings.page.statement?.text[language] { more["paragraphs"] = Self.paragraphs(statement) }
        if !consents.isEmpty { more["consents"] = ["entries": consents] }
        if !settings.page.policies.isEmpty { more["policies"] = ["entries": policies(language, words)] }
        more["rights"] = ["entries": rights(content, words)]
        more["navigation"] = ["entries": navigation(hasConsents: !consents.isEmpty, said.labels)]
        return page(.preferences, .ok, words, said.intro, more)
    }

    private func banners(_ content: PageContent, _ words: Words) -> [[String: String]] {
        var banners: [Words.Notice] = []
        let contact = content.contact
        if contact.processing == .stopped {
            let date = contact.processingSince.map(words.dates.text) ?? ""
            banners.append(words.preferences.stopped.replacing(["date": date]))
        }
        if contact.erasure.value == .requested {
            let due = contact.erasureDueAt.map(words.dates.text) ?? ""
            banners.append(words.preferences.erasureRequested.replacing(["due": due]))
        }
        if let due = contact.accessDueAt {
            banners.append(words.preferences.accessRequested.replacing(["due": words.dates.text(due)]))
        }
        return banners.map { ["heading": branded($0.title), "text": branded($0.text)] }
    }

    private func pending(_ content: PageContent, _ words: Words) -> [String: Any]? {
        let mails = content.contact.submissions.filter { $0.kind == .confirm && $0.isPending(at: content.now) }
        guard !mails.isEmpty else { return nil }
        let wanted = mails.flatMap(\.wanted)
        var values: [String: Any] = [
            "mails": mails.map { mail in
                [
                    "until": words.preferences.until.replacing("{date}", with: words.dates.text(mail.expiresAt)),
                    "changes": mail.wanted.map { changes.text($0.change, words) },
                ] as [String: Any]
            },
            "canCancel": wanted.contains(where: \.change.isGrant),
        ]
        if wanted.contains(where: { !$0.change.isGrant }) {
            values["cancelHint"] = words.preferences.labels.cancelHint
        }
        return values
    }

    private func email(_ content: PageContent, _ words: Words) -> [String: Any] {
        guard let email = content.email else { return ["unavailable": words.preferences.labels.emailUnavailable] }
        let said = words.preferences.email
        let reason = said.text(status: email.status, reason: email.reason, hasForm: email.form != nil)
            .replacing("{date}", with: email.since.map(words.dates.text) ?? "")
            .replacing("{formDate}", with: email.form.map { words.dates.text($0.at) } ?? "")
        var reasons = [reason]
        if email.isConfirmationPending {
            reasons.append(said.confirmationPending)
        } else if email.status.contains("opt-in"), !settings.optIn.policy.accepts(email.status) {
            reasons.append(said.needsConfirmation)
        }
        if email.isUndeliverable { reasons.append(said.undeliverable) }
        var marketing: [String: Any] = [
            "gets": gets(email, content), "reasons": reasons.map(branded),
            "isIn": content.marketing == "in", "isOut": content.marketing == "out",
        ]
        if email.status.contains("opt-in"), let sentence = email.form?.text ?? email.text {
            marketing["sentence"] = sentence
        }
        if let waits = waits(for: .marketing(false), words.preferences.labels.marketingOut, content, words) {
            marketing["waits"] = waits
        }
        var values: [String: Any] = ["marketing": marketing]
        if !settings.lists.isEmpty { values["lists"] = ["entries": lists(email, content, words)] }
        return values
    }

    /// Whether campaigns go to the contact (O8).
    private func gets(_ email: EmailChoices, _ content: PageContent) -> Bool {
        guard !email.isUndeliverable, content.contact.processing == .active else { return false }
        return settings.optIn.policy.accepts(email.status)
    }

    private func lists(_ email: EmailChoices, _ content: PageContent, _ words: Words) -> [[String: Any]] {
        let pending = Set(content.contact.pending(at: content.now).map(\.wanted.change.name))
        return settings.lists.map { list in
            [
                "list": list.name, "label": changes.title(of: list.name, words),
                "isSubscribed": email.lists.contains(list.name), "isWaiting": pending.contains("list.\(list.name)"),
            ]
        }
    }

    /// The sentence beside a control whose change waits for its confirmation.
    private func waits(
        for change: PageChange, _ choice: String, _ content: PageContent, _ words: Words
    ) -> String? {
        let pending = content.contact.pending(at: content.now).last { $0.wanted.change == change }
        guard let pending else { return nil }
        return words.preferences.consents.pending.replacing("{choice}", with: choice)
            .replacing("{date}", with: words.dates.text(pending.submission.expiresAt))
    }

    private func policies(_ language: String, _ words: Words) -> [[String: Any]] {
        settings.page.policies.map { policy in
            [
                "title": policy.title[language] ?? policy.name,
                "version": words.preferences.version.replacing("{version}", with: policy.version),
                "texts": Self.paragraphs(policy.text[language] ?? ""),
            ]
        }
    }

    private func rights(_ content: PageContent, _ words: Words) -> [[String: String]] {
        let said = words.preferences.rights
        let buttons: [(PageChange, Words.Right)] = [
            (.resume, said.resume), (.stop, said.stop), (.access, said.access), (.erase, said.erase),
            (.endLinks, said.endLinks),
        ]
        return buttons.compactMap { change, right in
            guard content.contact.mayAsk(for: PageForm.Wanted(change), content.rules, at: content.now) else {
                return nil
            }
            return [
                "heading": right.title, "text": branded(right.text), "action": change.value, "button": right.button,
            ]
        }
    }

    private func navigation(hasConsents: Bool, _ labels: Words.PageLabels) -> [[String: String]] {
        var entries = [("email", labels.email)]
        if hasConsents { entries.append(("consents", labels.consents)) }
        if !settings.page.policies.isEmpty { entries.append(("policies", labels.policies)) }
        entries.append(("rights", labels.rights))
        return entries.map { ["anchor": $0.0, "label": $0.1] }
    }

    /// Paragraphs are separated by empty lines.
    static func paragraphs(_ text: String) -> [String] {
        var paragraphs: [[Substring]] = [[]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                paragraphs.append([])
            } else {
                paragraphs[paragraphs.count - 1].append(line)
            }
        }
        return paragraphs.filter { !$0.isEmpty }.map { $0.joined(separator: " ") }
    }
}

/// The consents of the page.
extension PageRenderer {
    private func entries(of content: PageContent, _ words: Words) -> [[String: Any]] {
        settings.consents.compactMap { consent in
            guard let declared = content.rules.consent(consent.name), content.contact.sees(declared, content.rules)
            else { return nil }
            return entry(consent, declared, content, words)
        }
    }

    private func entry(
        _ consent: Settings.Consent, _ declared: DeclaredConsent, _ content: PageContent, _ words: Words
    ) -> [String: Any] {
        let labels = words.preferences.labels
        let decision = content.contact.decisions[consent.name]
        let isObjection = consent.grounds.basis.isObjection
        let grant = isObjection ? labels.noObjection : labels.grant
        let refuse = isObjection ? labels.object : labels.refuse
        var values: [String: Any] = [
            "consent": consent.name, "statement": changes.statement(consent.name, words),
            "isAllowed": content.contact.isAllowed(declared, at: content.now),
            "reasons": reasons(consent, decision, words) + ends(declared, content, words),
            "hints": hints(consent, words), "terms": terms(consent, words),
        ]
        if consent.editable {
            let own = content.choice(declared)
            values["controls"] =
                [
                    "grant": grant, "refuse": refuse, "isGranted": own == .granted, "isRevoked": own == .revoked,
                ] as [String: Any]
        }
        let waiting =
            waits(for: .consent(consent.name, isGranted: true), grant, content, words)
            ?? waits(for: .consent(consent.name, isGranted: false), refuse, content, words)
        if let waiting { values["waits"] = waiting }
        return values
    }

    private func reasons(_ consent: Settings.Consent, _ decision: Decision?, _ words: Words) -> [String] {
        let said = words.preferences.consents
        guard let decision else {
            guard consent.editable else { return [] }
            return [consent.standard == .granted ? said.notObjectedYet : said.undecided]
        }
        let isObjection = consent.grounds.basis.isObjection
        let pattern =
            switch (decision.channel, decision.choice) {
            case (Decision.expired, _): said.expired
            case (Decision.recovered, _): said.recovered
            case (_, .granted): isObjection ? said.notObjected : said.granted
            case (_, .revoked): isObjection ? said.objected : said.revoked
            }
        var reasons = [
            pattern.replacing("{date}", with: words.dates.text(decision.decidedAt))
                .replacing("{channel}", with: said.channels.text(decision.channel) ?? "")
                .replacing("{version}", with: decision.textVersion)
        ]
        if decision.textVersion != consent.version {
            reasons.append(said.newerText.replacing("{version}", with: consent.version))
        }
        return reasons
    }

    /// When a grant runs out, and when the value of one that ran out is cleared (C7).
    private func ends(_ consent: DeclaredConsent, _ content: PageContent, _ words: Words) -> [String] {
        let said = words.preferences.consents
        if let end = content.contact.end(of: consent) {
            let canRenew = consent.isEditable && content.contact.isRenewable(consent, at: content.now)
            return [(canRenew ? said.renewNow : said.runsOut).replacing("{date}", with: words.dates.text(end))]
        }
        guard let time = content.contact.clearing(of: consent) else { return [] }
        return [said.clearedOn.replacing("{date}", with: words.dates.text(time))]
    }

    private func hints(_ consent: Settings.Consent, _ words: Words) -> [String] {
        guard consent.editable else {
            return [words.preferences.consents.fixed.text(consent.grounds.basis.rawValue)]
        }
        guard case .field = consent.kind else { return [] }
        return [words.preferences.labels.fieldHint]
    }

    private func terms(_ consent: Settings.Consent, _ words: Words) -> [[String: String]] {
        let labels = words.preferences.labels
        let basis = words.preferences.consents.bases.text(consent.grounds.basis.rawValue)
        let recipients = consent.grounds.recipients.joined(separator: ", ")
        let terms = [
            (labels.purpose, consent.grounds.purpose[changes.language(words)] ?? ""), (labels.basis, basis),
            (labels.recipients, recipients),
        ]
        return terms.filter { !$0.1.isEmpty }.map { ["term": $0.0, "meaning": $0.1] }
    }
}

extension Words.Notice {
    /// With placeholders filled.
    func replacing(_ values: [String: String]) -> Words.Notice {
        Words.Notice(filled(title, values), filled(text, values))
    }

    private func filled(_ text: String, _ values: [String: String]) -> String {
        values.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
    }
}
