import Models

/// An object of the configuration: like `Reader`, but it notes every mistake and goes on.
///
/// After a mistake it returns a placeholder: values count only where the log stays empty.
struct SettingsSection {
    let json: JSON
    let pointer: String
    let log: MistakeLog

    /// An object; a member that is not `known` is a mistake, since it would have no effect.
    init(_ json: JSON, at pointer: String, known: [String]?, log: MistakeLog) {
        (self.pointer, self.log) = (pointer, log)
        self.json = json == .null ? [:] : json
        guard let members = self.json.members else {
            log.report("must be an object, and is \(json.kind)", at: pointer)
            return
        }
        guard let known else { return }
        for member in members where !known.contains(member.name) {
            let place = pointer + "/" + Reader.escaped(member.name)
            log.report("is not known here; known are \(known.joined(separator: ", "))", at: place, key: true)
        }
    }

    func pointer(to name: String) -> String { pointer + "/" + Reader.escaped(name) }

    func report(_ name: String, _ message: String) { log.report(message, at: pointer(to: name)) }

    /// Nil where it is missing or `null`.
    func value(_ name: String) -> JSON? {
        guard let value = json[name], value != .null else { return nil }
        return value
    }

    /// A member that is an object; an empty one where it is missing.
    func section(_ name: String, known: [String]) -> SettingsSection {
        SettingsSection(json[name] ?? [:], at: pointer(to: name), known: known, log: log)
    }

    /// The members of an object whose keys are names that the deployment chooses, in their order.
    func entries(_ name: String, known: [String]) -> [(name: String, section: SettingsSection)] {
        named(name).map { ($0.name, SettingsSection($0.value, at: $0.pointer, known: known, log: log)) }
    }

    /// The members of an object whose keys are chosen names, with their values as they are.
    func named(_ name: String, isName: (String) -> Bool = isName) -> [(name: String, value: JSON, pointer: String)] {
        let section = SettingsSection(json[name] ?? [:], at: pointer(to: name), known: nil, log: log)
        return (section.json.members ?? []).map { member in
            let place = section.pointer(to: member.name)
            if !isName(member.name) { log.report(nameRule, at: place, key: true) }
            return (member.name, member.value, place)
        }
    }

    /// The elements of an array; none where it is missing.
    func elements(_ name: String) -> [(json: JSON, pointer: String)] {
        guard let value = value(name) else { return [] }
        guard let elements = value.elements else {
            report(name, "must be a list, and is \(value.kind)")
            return []
        }
        return elements.enumerated().map { ($0.element, "\(pointer(to: name))/\($0.offset)") }
    }

    /// Strings, each once.
    func strings(_ name: String) -> [(text: String, pointer: String)] {
        var seen: Set<String> = []
        return elements(name).compactMap { json, pointer in
            guard let text = json.text, !text.isEmpty else {
                log.report("must be a string", at: pointer)
                return nil
            }
            if !seen.insert(text).inserted { log.report("is listed twice", at: pointer) }
            return (text, pointer)
        }
    }

    /// A string that is not empty; a number counts as it is written.
    func text(_ name: String, limit: Int = 256) -> String? {
        guard let value = value(name) else { return nil }
        switch value {
        case .string(let text), .number(let text):
            if (1...limit).contains(text.utf8.count) { return text }
            report(name, "must have 1 to \(limit) bytes")
        case .null, .bool, .array, .object: report(name, "must be a string, and is \(value.kind)")
        }
        return nil
    }

    func required(_ name: String, limit: Int = 256) -> String {
        if value(name) == nil { report(name, "\(name) is required") }
        return text(name, limit: limit) ?? ""
    }

    func bool(_ name: String, default standard: Bool) -> Bool {
        guard let value = value(name) else { return standard }
        if case .bool(let flag) = value { return flag }
        report(name, "must be true or false, and is \(value.kind)")
        return standard
    }

    func integer(_ name: String, in range: ClosedRange<Int64>, _ message: String? = nil) -> Int? {
        guard let value = value(name) else { return nil }
        if let number = value.integer, range.contains(number) { return Int(number) }
        report(name, message ?? "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    func duration(_ name: String, days: Int64, orZero: Bool = true) -> Duration {
        let standard = Duration.seconds(days * 86_400)
        guard value(name) != nil, let text = text(name) else { return standard }
        guard let duration = Duration(setting: text), orZero || duration > .zero else {
            report(name, "must be a duration such as 90d, 24h, 10m, 30s" + (orZero ? " or 0" : ""))
            return standard
        }
        return duration
    }

    /// A number of bytes such as `1GiB`, `512MiB` or `65536`.
    func bytes(_ name: String, standard: Int64) -> Int64 {
        guard value(name) != nil, let text = text(name) else { return standard }
        let units: [(suffix: String, factor: Int64)] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        let unit = units.first { text.hasSuffix($0.suffix) }
        let digits = text.dropLast(unit?.suffix.count ?? 0)
        guard (1...12).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(digits), count <= 1 << 40 / (unit?.factor ?? 1)
        else {
            report(name, "must be a number of bytes such as 1GiB, 512MiB or 65536, at most 1024GiB")
            return standard
        }
        return count * (unit?.factor ?? 1)
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, default standard: Choice) -> Choice
    where Choice.RawValue == String {
        guard let value = value(name) else { return standard }
        if let choice = value.text.flatMap(Choice.init(rawValue:)) { return choice }
        report(name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        return standard
    }

    /// A text in each of the languages; empty where it is missing.
    func texts(_ name: String, in languages: [String], limit: Int = 16_384) -> [String: String] {
        guard value(name) != nil else { return [:] }
        let section = section(name, known: languages)
        guard section.json.members != nil else { return [:] }
        return languages.reduce(into: [:]) { texts, language in
            if section.value(language) == nil {
                section.report(language, "the text in \(language) is missing")
            } else {
                texts[language] = section.text(language, limit: limit)
            }
        }
    }

    func condition(_ name: String, knowing vocabulary: Condition.Vocabulary) -> Condition? {
        guard let value = value(name) else { return nil }
        let (condition, refusals) = Condition.checked(value, at: pointer(to: name), knowing: vocabulary)
        for refusal in refusals { log.report(refusal.message, at: refusal.pointer ?? pointer(to: name)) }
        return condition
    }
}

/// The rule of `isName`, in words.
let nameRule = "must be a name: a letter, then up to 63 letters, digits, hyphens or underscores"

/// Whether a text is a name. Names are used in routing keys, form controls and field paths, so they have no dot, no
/// space, no slash.
func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    return (1...64).contains(bytes.count)
        && bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        } && bytes.first.map { $0 >= 0x41 && $0 != UInt8(ascii: "_") } == true
}
