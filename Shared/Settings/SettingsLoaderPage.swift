import Models

/// The page and who is responsible for it.
extension SettingsLoader {
    func page() -> Settings.Page {
        let page = root.section(
            "page", known: ["audience", "notify", "withdrawal", "linkLife", "statement", "policies", "buttons"])
        return Settings.Page(
            audience: page.condition("audience", knowing: vocabulary),
            notify: page.condition("notify", knowing: vocabulary),
            withdrawal: page.choice("withdrawal", default: .confirm),
            linkLife: page.duration("linkLife", days: 400, orZero: false), statement: statement(page),
            policies: policies(page), buttons: buttons(page))
    }

    func controller() -> Settings.Controller? {
        guard root.value("controller") != nil else { return nil }
        let controller = root.section("controller", known: ["name", "address", "contact", "privacyPolicy"])
        let policy = controller.text("privacyPolicy", limit: 2048)
        if let policy, !policy.hasPrefix("https://") && !policy.hasPrefix("http://") || policy.contains(" ") {
            controller.report("privacyPolicy", "must be a web address that begins with https://")
        }
        return Settings.Controller(
            name: controller.required("name", limit: 256), address: controller.text("address", limit: 1024),
            contact: controller.text("contact", limit: 256), privacyPolicy: policy)
    }

    private func statement(_ page: SettingsSection) -> Settings.Statement? {
        guard page.value("statement") != nil else { return nil }
        let statement = page.section("statement", known: ["version", "text"])
        if statement.value("text") == nil { statement.report("text", "text is required") }
        return Settings.Statement(
            version: statement.required("version", limit: 64), text: statement.texts("text", in: languages))
    }

    private func policies(_ page: SettingsSection) -> [Settings.ReadablePolicy] {
        var taken: Set<String> = []
        return page.elements("policies").map { json, pointer in
            let policy = SettingsSection(
                json, at: pointer, known: ["name", "version", "title", "text"], log: root.log)
            let name = policy.required("name", limit: 64)
            checkName(name, in: policy, unlike: &taken)
            for part in ["title", "text"] where policy.value(part) == nil {
                policy.report(part, "\(part) is required")
            }
            return Settings.ReadablePolicy(
                name: name, version: policy.required("version", limit: 64),
                title: policy.texts("title", in: languages, limit: 256),
                text: policy.texts("text", in: languages, limit: 65_536))
        }
    }

    /// All buttons unless the list names them.
    private func buttons(_ page: SettingsSection) -> Set<Settings.Button> {
        guard page.value("buttons") != nil else { return Set(Settings.Button.allCases) }
        return Set(
            page.strings("buttons").compactMap { text, pointer in
                let button = Settings.Button(rawValue: text)
                if button == nil {
                    let names = Settings.Button.allCases.map(\.rawValue).joined(separator: ", ")
                    root.log.report("must be one of \(names)", at: pointer)
                }
                return button
            })
    }
}
