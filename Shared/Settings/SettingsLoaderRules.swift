import Models

/// The facts that can trigger a workflow: those of consent, opt-in and erasure (C6).
private let triggers = [
    "consent.pending", "consent.granted", "consent.revoked", "consent.expired", "processing.stopped",
    "processing.resumed",
    "optin.changed", "list.subscribed", "list.left", "erasure.requested", "erasure.ordered", "erasure.completed",
]

/// Fields that one message of a workflow carries at most: as many as one question to the vault.
private let fieldsLimit = 20

private enum KindName: String, CaseIterable {
    case field, tracking, custom
}

extension SettingsLoader {
    func consents(fields: [String: Settings.Field]) -> [Settings.Consent] {
        let known = [
            "kind", "field", "shown", "editable", "default", "version", "text", "basis", "purpose", "recipients",
            "validFor", "renewBefore", "clearAfter",
        ]
        var governed: Set<Settings.Kind> = []
        return root.entries("consents", known: known).map { name, section in
            let kind = kind(section, fields: fields)
            if kind != .custom, !governed.insert(kind).inserted {
                section.report(kind == .tracking ? "kind" : "field", "another consent governs this already")
            }
            if section.value("text") == nil { section.report("text", "text is required") }
            let basis = section.choice("basis", default: Settings.LegalBasis.consent)
            return Settings.Consent(
                name: name, kind: kind, shown: section.condition("shown", knowing: vocabulary),
                editable: isEditable(section, basis), standard: standard(section, kind, basis),
                version: section.required("version", limit: 64), text: section.texts("text", in: languages),
                grounds: Settings.Grounds(
                    basis: basis, purpose: section.texts("purpose", in: languages),
                    recipients: section.strings("recipients").map(\.text)),
                expiry: expiry(section, basis))
        }
    }

    /// Refuses a control where the contact has no choice (C8).
    private func isEditable(_ consent: SettingsSection, _ basis: Settings.LegalBasis) -> Bool {
        let editable = consent.bool("editable", default: basis.isContactsChoice)
        if editable, !basis.isContactsChoice {
            consent.report("editable", "a contact cannot decide about the basis \(basis.rawValue): only shown (C8)")
        }
        return editable
    }

    private func expiry(_ consent: SettingsSection, _ basis: Settings.LegalBasis) -> Settings.Expiry? {
        guard consent.value("validFor") != nil else {
            for name in ["renewBefore", "clearAfter"] where consent.value(name) != nil {
                consent.report(name, "has no effect without validFor")
            }
            return nil
        }
        if basis != .consent { consent.report("validFor", "belongs to the basis consent only (C7)") }
        let expiry = Settings.Expiry(
            validFor: consent.duration("validFor", days: 0, orZero: false),
            renewBefore: consent.duration("renewBefore", days: 30), clearAfter: consent.duration("clearAfter", days: 30)
        )
        if consent.value("renewBefore") != nil, expiry.renewBefore >= expiry.validFor {
            consent.report("renewBefore", "must be shorter than validFor")
        }
        return expiry
    }

    private func kind(_ consent: SettingsSection, fields: [String: Settings.Field]) -> Settings.Kind {
        if consent.value("kind") == nil { consent.report("kind", "kind is required") }
        let kind = consent.choice("kind", default: KindName.custom)
        guard kind == .field else {
            if consent.value("field") != nil, consent.value("kind") == .string(kind.rawValue) {
                consent.report("field", "belongs to a consent of the kind field only")
            }
            return kind == .tracking ? .tracking : .custom
        }
        let field = consent.required("field")
        if !field.isEmpty, fields[field] == nil { consent.report("field", "names no declared field") }
        return .field(field)
    }

    private func standard(
        _ consent: SettingsSection, _ kind: Settings.Kind, _ basis: Settings.LegalBasis
    ) -> Settings.Standard {
        let standard = consent.choice("default", default: Settings.Standard.refused)
        if kind == .tracking, basis != .consent {
            consent.report("basis", "tracking needs the contact's consent (C8)")
        }
        guard standard == .granted else { return standard }
        if kind == .tracking {
            consent.report("default", "can only be refused for tracking (C2)")
        } else if basis == .consent {
            consent.report(
                "default", "granted needs another basis than consent: why is the use allowed before a decision? (C8)")
        }
        return standard
    }

    func optIn() -> Settings.OptIn {
        let optIn = root.section("optIn", known: ["policy", "mailEvery", "linkLife", "replyWindow"])
        let window = optIn.duration("replyWindow", days: 0)
        return Settings.OptIn(
            policy: optIn.choice("policy", default: .double), mailEvery: optIn.duration("mailEvery", days: 1),
            linkLife: optIn.duration("linkLife", days: 7, orZero: false),
            replyWindow: window == .zero ? nil : window)
    }

    func erasure() -> Settings.Erasure {
        let erasure = root.section("erasure", known: ["grace", "backupsKept", "participants"])
        var taken: Set<String> = []
        let participants = erasure.elements("participants").map { json, pointer in
            let section = SettingsSection(json, at: pointer, known: ["name", "account"], log: root.log)
            let participant = Settings.Participant(
                name: section.required("name", limit: 64), account: section.required("account", limit: 128))
            checkName(participant.name, in: section, unlike: &taken)
            return participant
        }
        return Settings.Erasure(
            grace: erasure.duration("grace", days: 1), backupsKept: erasure.duration("backupsKept", days: 35),
            participants: participants)
    }

    func checkName(_ name: String, in section: SettingsSection, unlike taken: inout Set<String>) {
        guard !name.isEmpty else { return }
        if !isName(name) { section.report("name", nameRule) }
        if !taken.insert(name).inserted { section.report("name", "is taken already") }
    }

    func workflows(_ fields: [String: Settings.Field]) -> [Settings.Workflow] {
        var taken: Set<String> = []
        return root.elements("workflows").map { json, pointer in
            let section = SettingsSection(json, at: pointer, known: ["name", "on", "where", "do"], log: root.log)
            let name = section.required("name", limit: 64)
            checkName(name, in: section, unlike: &taken)
            let trigger = section.required("on")
            if !trigger.isEmpty, !triggers.contains(trigger) {
                section.report("on", "must be one of \(triggers.joined(separator: ", "))")
            }
            let steps = section.elements("do")
            if steps.isEmpty { section.report("do", "do needs at least one action") }
            return Settings.Workflow(
                name: name, trigger: trigger, condition: section.condition("where", knowing: vocabulary),
                actions: steps.compactMap { action($0.json, at: $0.pointer, fields) })
        }
    }

    private func action(
        _ json: JSON, at pointer: String, _ fields: [String: Settings.Field]
    ) -> Settings.Action? {
        let section = SettingsSection(json, at: pointer, known: ["mail", "publish"], log: root.log)
        guard let members = section.json.members else { return nil }
        guard members.count == 1, let member = members.first else {
            root.log.report("must have exactly one of mail, publish", at: pointer)
            return nil
        }
        guard member.name == "mail" else { return publish(section, fields) }
        let mail = section.section("mail", known: ["to", "template"])
        let template = mail.required("template", limit: 64)
        if !template.isEmpty, !isName(template) { mail.report("template", nameRule) }
        let to = mail.required("to", limit: 254)
        guard to != "contact", !to.isEmpty else { return .mail(to: .contact, template: template) }
        guard let address = EmailAddress(to) else {
            mail.report("to", "must be contact or an e-mail address")
            return nil
        }
        return .mail(to: .address(address), template: template)
    }

    private func publish(_ action: SettingsSection, _ declared: [String: Settings.Field]) -> Settings.Action {
        let publish = action.section("publish", known: ["queue", "type", "fields"])
        let queue = publish.required("queue", limit: 255)
        let type = publish.required("type", limit: 128)
        let fields = publish.strings("fields")
        let owner = queue.split(separator: ".").first.map(String.init) ?? ""
        if owner == "amq" || queue == "unrouted" || SuiteService(rawValue: owner) != nil {
            publish.report("queue", "belongs to the broker or to Assent itself")
        }
        if fields.count > fieldsLimit { publish.report("fields", "may name at most \(fieldsLimit) fields") }
        let attributes = Set((root.json["attributes"]?.members ?? []).map(\.name))
        for (name, pointer) in fields where name != "email" {
            if declared[name]?.sensitive == true {
                root.log.report("is a sensitive field, which no workflow passes on (C6)", at: pointer)
            } else if declared[name] == nil, !attributes.contains(name) {
                root.log.report("names neither a declared field nor an attribute nor email", at: pointer)
            }
        }
        return .publish(queue: queue, type: type, fields: fields.map(\.text))
    }

    func mail() -> Settings.Mail {
        let mail = root.section("mail", known: ["from", "footer", "templates"])
        let from = mail.text("from", limit: 400)
        let sender = from.flatMap(sender)
        if from != nil, sender == nil { mail.report("from", "must be such as: Example GmbH <privacy@example.com>") }
        return Settings.Mail(
            from: sender, footer: mail.texts("footer", in: languages), templates: mail.text("templates", limit: 1024))
    }

    /// `address`, or `name <address>` where the name needs no quoting.
    private func sender(_ text: String) -> Settings.Sender? {
        guard text.hasSuffix(">"), let bracket = text.firstIndex(of: "<") else {
            return EmailAddress(text).map { Settings.Sender(name: nil, address: $0) }
        }
        var name = text[..<bracket]
        while name.last == " " { name.removeLast() }
        let inner = text[text.index(after: bracket)...].dropLast()
        let specials = #""<>@,;:\()[]"#.unicodeScalars
        let isClean = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !specials.contains($0) }
        guard let address = EmailAddress(String(inner)), isClean, name.utf8.count <= 100 else { return nil }
        return Settings.Sender(name: name.isEmpty ? nil : String(name), address: address)
    }
}
