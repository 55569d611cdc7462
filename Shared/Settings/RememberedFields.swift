extension Settings {
    /// Fields that were once marked sensitive, with the narrowest mask that each ever had; nil: nothing shows.
    package typealias RememberedFields = [String: Mask?]

    /// Refuses a configuration that drops the mark of such a field, makes an attribute of it, or shows more of it (V6):
    /// each with its line.
    package static func check(yaml: String, against remembered: RememberedFields) throws(SettingsErrors) {
        let settings = try load(yaml: yaml)
        let log = MistakeLog(YAMLDocument(yaml: yaml))
        for (name, mask) in remembered.sorted(by: { $0.key < $1.key }) {
            let pointer = "/fields/\(name)"
            if settings.attributes[name] != nil {
                log.report("\(name) was marked sensitive and stays a field", at: "/attributes/\(name)", key: true)
            } else if let field = settings.fields[name], field.sensitive {
                guard !isNarrower(field.mask, than: mask) else { continue }
                log.report("\(name) shows more than it once did: \(described(mask))", at: pointer + "/show", key: true)
            } else {
                log.report("\(name) was marked sensitive and stays so", at: pointer, key: true)
            }
        }
        guard log.mistakes.isEmpty else { throw SettingsErrors(log.mistakes) }
    }

    /// Whether a mask is as narrow as the other one, or narrower.
    private static func isNarrower(_ mask: Mask?, than other: Mask?) -> Bool {
        switch (mask, other) {
        case (nil, _), (.first(0), _), (.last(0), _): true
        case (.first(let count), .first(let most)?), (.last(let count), .last(let most)?): count <= most
        case (.first, _), (.last, _): false
        }
    }

    private static func described(_ mask: Mask?) -> String {
        switch mask {
        case .first(let count) where count > 0: "first: \(count)"
        case .last(let count) where count > 0: "last: \(count)"
        case .first, .last, nil: "nothing"
        }
    }
}
