import Models

/// Reads the tree of `assent.yaml`; every mistake goes to the log, and the values count only where it stays empty.
struct SettingsLoader {
    let root: SettingsSection
    let languages: [String]
    let vocabulary: Condition.Vocabulary

    init(_ json: JSON, log: MistakeLog) {
        let known = [
            "brand", "languages", "attributes", "page", "consents", "lists", "fields", "optIn", "vault", "deadLetters",
            "erasure", "roles", "users", "workflows", "mail", "web", "keep", "controller",
        ]
        root = SettingsSection(json, at: "", known: known, log: log)
        let languages = root.strings("languages")
        for language in languages where !isLanguage(language.text) {
            log.report("must be a language tag such as en or pt-BR", at: language.pointer)
        }
        self.languages = languages.isEmpty ? ["en"] : languages.map(\.text)
        let names = { (part: String) in Set((json[part]?.members ?? []).map(\.name)) }
        let lists = Set((json["lists"]?.elements ?? []).compactMap(\.text)).union(names("lists"))
        vocabulary = Condition.Vocabulary(attributes: names("attributes"), lists: lists, consents: names("consents"))
    }

    func settings() -> Settings {
        let fields = fields()
        refuseSpellings(of: fields)
        let vault = root.section("vault", known: ["revealsPerHour"])
        let deadLetters = root.section("deadLetters", known: ["keep", "bytes"])
        let keep = root.section("keep", known: ["mails"])
        return Settings(
            brand: brand(), controller: controller(), languages: languages, attributes: attributes(), page: page(),
            consents: consents(fields: fields), lists: lists(), fields: fields, optIn: optIn(),
            revealsPerHour: vault.integer("revealsPerHour", in: 0...1_000_000) ?? 60,
            web: web(), deadLettersKept: deadLetters.duration("keep", days: 30, orZero: false),
            deadLetterBytes: deadLetters.bytes("bytes", standard: 1 << 30),
            mailsKept: keep.duration("mails", days: 90, orZero: false), erasure: erasure(),
            roles: permissions("roles", isName: isName, fields: fields),
            users: permissions("users", isName: { !$0.isEmpty }, fields: fields), workflows: workflows(fields),
            mail: mail(),
            canonicalJSON: canonical(root.json).bytes)
    }

    private func brand() -> Settings.Brand {
        guard root.value("brand") != nil else { return Settings.Brand(name: "Assent", logo: nil, colours: [:]) }
        let brand = root.section("brand", known: ["name", "logo", "colours"])
        let logo = brand.text("logo", limit: 2048)
        if let logo, !logo.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !#""'<>\"#.utf8.contains($0) }) {
            brand.report("logo", "must be an address or a path without spaces, quotes or brackets")
        }
        let uses = ["accent", "background", "text"]
        let colours = brand.section("colours", known: uses)
        let values = uses.reduce(into: [String: String]()) { values, use in
            guard let colour = colours.text(use) else { return }
            if !isColour(colour) { colours.report(use, "must be a colour such as \"#1a5fb4\", in quotes") }
            values[use] = colour
        }
        return Settings.Brand(name: brand.required("name", limit: 100), logo: logo, colours: values)
    }

    private func web() -> Settings.Web {
        let web = root.section("web", known: ["perToken", "perVisitor"])
        return Settings.Web(
            perToken: web.rate("perToken", default: Settings.Rate(count: 300, interval: .seconds(60))),
            perVisitor: web.rate("perVisitor", default: nil))
    }

    private func attributes() -> [String: Settings.Attribute] {
        let fields = Set((root.json["fields"]?.members ?? []).map(\.name))
        return root.entries("attributes", known: ["identifying"]).reduce(into: [:]) { attributes, entry in
            refuseReserved(entry.name, entry.section)
            if fields.contains(entry.name) {
                root.log.report("is both an attribute and a field", at: entry.section.pointer, key: true)
            }
            attributes[entry.name] = Settings.Attribute(identifying: entry.section.bool("identifying", default: false))
        }
    }

    /// Refuses profile keys that differ from a sensitive field's name only in spelling (V7).
    private func refuseSpellings(of fields: [String: Settings.Field]) {
        for (name, _) in fields.filter(\.value.sensitive) {
            for part in ["attributes", "fields"] {
                for member in root.json[part]?.members ?? [] where member.name != name {
                    guard SensitiveNames([name]).contains(member.name) else { continue }
                    root.log.report(
                        "is the sensitive field \(name) but for case, hyphens or underscores",
                        at: "/\(part)/" + Reader.escaped(member.name), key: true)
                }
            }
        }
    }

    private func fields() -> [String: Settings.Field] {
        root.entries("fields", known: ["sensitive", "show"]).reduce(into: [:]) { fields, entry in
            refuseReserved(entry.name, entry.section)
            let sensitive = entry.section.bool("sensitive", default: false)
            fields[entry.name] = Settings.Field(sensitive: sensitive, mask: mask(entry.section, sensitive: sensitive))
        }
    }

    /// Refuses names with another meaning: address and language have requests of their own, and the id is no field
    /// (contract section 2).
    private func refuseReserved(_ name: String, _ section: SettingsSection) {
        guard ["email", "locale", "id"].contains(name) else { return }
        root.log.report("\(name) can be neither an attribute nor a field", at: section.pointer, key: true)
    }

    private func mask(_ field: SettingsSection, sensitive: Bool) -> Settings.Mask? {
        guard field.value("show") != nil else { return nil }
        if !sensitive { field.report("show", "only a sensitive field has a mask; others are shown whole") }
        let show = field.section("show", known: ["first", "last"])
        let rule = "must be a whole number from 0 to 4: more than four characters are never visible"
        let first = show.integer("first", in: 0...4, rule)
        let last = show.integer("last", in: 0...4, rule)
        if (show.value("first") == nil) == (show.value("last") == nil), show.json.members != nil {
            field.report("show", "must have exactly one of first, last")
        }
        return first.map { .first($0) } ?? last.map { .last($0) }
    }

    private func lists() -> [Settings.MailingList] {
        guard root.value("lists")?.members != nil else {
            return root.strings("lists").map { name, pointer in
                if !isName(name) { root.log.report(nameRule, at: pointer) }
                return Settings.MailingList(name: name, text: [:])
            }
        }
        return root.entries("lists", known: ["text"]).map { name, section in
            Settings.MailingList(name: name, text: section.texts("text", in: languages))
        }
    }

    private func permissions(
        _ part: String, isName: (String) -> Bool, fields: [String: Settings.Field]
    ) -> [String: Set<Permission>] {
        root.named(part, isName: isName).reduce(into: [:]) { granted, entry in
            let holder = SettingsSection(
                [.init(entry.name, entry.value)], at: root.pointer(to: part), log: root.log)
            granted[entry.name] = Set(
                holder.strings(entry.name).compactMap { text, pointer in
                    let permission = Permission(text)
                    if permission == nil { root.log.report("must be one of \(Permission.allNames)", at: pointer) }
                    if case .reveal(let field) = permission, fields[field]?.sensitive != true {
                        root.log.report("reveals no declared sensitive field", at: pointer)
                    }
                    return permission
                })
        }
    }
}

extension SettingsSection {
    fileprivate init(_ members: [JSON.Member], at pointer: String, log: MistakeLog) {
        self.init(.object(members), at: pointer, known: nil, log: log)
    }
}

private func isLanguage(_ text: String) -> Bool { LanguageTag(text)?.text == text }

private func isColour(_ text: String) -> Bool {
    text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy { $0.isASCII && $0.isHexDigit }
}

/// Sorts members by name, except in the parts whose order a contact sees.
private func canonical(_ json: JSON, keepsOrder: Bool = false, depth: Int = 0) -> JSON {
    switch json {
    case .array(let elements): return .array(elements.map { canonical($0, depth: depth + 1) })
    case .object(let members):
        let members = members.map { member in
            let isOrdered = depth == 0 && ["consents", "lists"].contains(member.name)
            return JSON.Member(member.name, canonical(member.value, keepsOrder: isOrdered, depth: depth + 1))
        }
        return .object(keepsOrder ? members : members.sorted { $0.name < $1.name })
    case .null, .bool, .number, .string: return json
    }
}
