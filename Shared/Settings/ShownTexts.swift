package import Models

extension Settings {
    /// A text of the configuration in one language, as contacts are shown it (C0).
    package struct ShownText: Sendable, Hashable {
        /// Its place in the configuration, such as `consents/tracking`, `page/policies/data-use` or `page/statement`.
        package let name: String
        /// What of it stays the same as long as its version does.
        package let version: String
        package let language: String
        /// `text`; of a policy also `title`; of a consent also `purpose` where there is one, and, in every language the
        /// same, `basis`, `recipients`, and the `kind` with which the text was first shown.
        package let content: JSON

        package init(name: String, version: String, language: String, content: JSON) {
            self.name = name
            self.version = version
            self.language = language
            self.content = content
        }

        /// The name of a consent's text.
        package static func name(ofConsent name: String) -> String { "consents/\(name)" }
    }

    /// Every text in every language.
    package var shownTexts: [ShownText] {
        let statements = page.statement.map { [$0] } ?? []
        return consents.flatMap { consent in
            texts(ShownText.name(ofConsent: consent.name), consent.version) { consent.content(in: $0) }
        }
            + statements.flatMap { statement in
                texts("page/statement", statement.version) { ["text": .text(statement.text[$0]) ?? .null] }
            }
            + page.policies.flatMap { policy in
                texts("page/policies/\(policy.name)", policy.version) {
                    JSON(present: ["title": .text(policy.title[$0]), "text": .text(policy.text[$0])])
                }
            }
    }

    private func texts(_ name: String, _ version: String, _ content: (String) -> JSON) -> [ShownText] {
        languages.map { ShownText(name: name, version: version, language: $0, content: content($0)) }
    }

    /// Refuses a configuration that changes a text, or what is shown with it, under a version that was shown before
    /// (C0): each with its line.
    package static func check(yaml: String, against shown: [ShownText]) throws(SettingsErrors) {
        let settings = try load(yaml: yaml)
        let log = MistakeLog(YAMLDocument(yaml: yaml))
        let versions = Dictionary(grouping: shown) { [$0.name, $0.version] }
        var reported: Set<String> = []
        for text in settings.shownTexts {
            for earlier in versions[[text.name, text.version]] ?? [] {
                for member in text.changes(from: earlier) {
                    let pointer = "\(settings.pointer(to: text.name))/\(member)"
                    guard reported.insert(pointer).inserted else { continue }
                    log.report(
                        "differs from what was shown as version \(text.version): a change needs a new version (C0)",
                        at: pointer)
                }
            }
        }
        guard log.mistakes.isEmpty else { throw SettingsErrors(log.mistakes) }
    }

    private func pointer(to name: String) -> String {
        let place = page.policies.firstIndex { "page/policies/\($0.name)" == name }
        return place.map { "/page/policies/\($0)" } ?? "/\(name)"
    }
}

extension Settings.ShownText {
    /// What a version fixes in each language, and what in all of them.
    private static let translated = ["title", "text", "purpose"]
    private static let common = ["basis", "recipients"]

    /// The members that differ from what was shown under the same version, as places below the text's own.
    fileprivate func changes(from earlier: Settings.ShownText) -> [String] {
        let changed = { (member: String) in content[member] != earlier.content[member] }
        let words = language == earlier.language ? Self.translated.filter(changed) : []
        return words.map { "\($0)/\(language)" } + Self.common.filter(changed)
    }
}

extension Settings.Consent {
    fileprivate func content(in language: String) -> JSON {
        JSON(present: [
            "text": .text(text[language]), "purpose": .text(grounds.purpose[language]),
            "basis": .string(grounds.basis.rawValue),
            "recipients": .array(grounds.recipients.map { .string($0) }), "kind": kind.json,
        ])
    }
}

extension Settings.Kind {
    fileprivate var json: JSON {
        switch self {
        case .field(let name): ["field": .string(name)]
        case .tracking: "tracking"
        case .custom: "custom"
        }
    }
}
