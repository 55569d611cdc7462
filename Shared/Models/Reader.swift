/// Reads the members of a JSON object; each mistake is refused with its place (RFC 6901).
///
/// Unknown members of an event are ignored, so that an older reader understands a newer writer. In a request an unknown
/// member is a mistake: a misspelt one would otherwise be ignored without notice. A reader made by `init(strictly:at:)`
/// notes the names that are read, and `refuseUnknown` refuses all others.
package struct Reader: Sendable {
    /// The object's place, such as `/data`.
    package let pointer: String
    private let object: JSON
    /// Notes the names that are read; nil for a reader that ignores unknown members.
    private let asked: AskedMembers?

    /// A reader of an object that ignores unknown members; a value that is no object is refused.
    package init(_ json: JSON, at pointer: String) throws(Refusal) {
        try self.init(json, at: pointer, asked: nil)
    }

    /// A reader that notes the names that are read; the readers of inner objects that it hands out do so too.
    package init(strictly json: JSON, at pointer: String) throws(Refusal) {
        try self.init(json, at: pointer, asked: AskedMembers(json, at: pointer))
    }

    private init(_ json: JSON, at pointer: String, asked: AskedMembers?) throws(Refusal) {
        guard case .object = json else {
            throw Refusal(.invalidField, "must be an object, and is \(json.kind)", at: pointer)
        }
        self.pointer = pointer
        object = json
        self.asked = asked
    }

    /// The object as a whole, for maps whose keys are names: the caller then has to check its members.
    package var json: JSON {
        asked?.noteAll()
        return object
    }

    /// Allows members that are known, though they are not read this time.
    package func allow(_ names: String...) {
        for name in names { asked?.note(name) }
    }

    /// Refuses a member that was not read, in this object and in those below; called at the end of `init(reading:)`. A
    /// second call does not refuse the same members again, so that a handler may make the first one.
    package func refuseUnknown() throws(Refusal) { try asked?.refuseUnknown() }

    private func child(_ json: JSON, at pointer: String) throws(Refusal) -> Reader {
        try Reader(json, at: pointer, asked: asked?.child(json, at: pointer))
    }

    private subscript(name: String) -> JSON? {
        asked?.note(name)
        return object[name]
    }

    /// The pointer to a member.
    package func pointer(to name: String) -> String { pointer + "/" + Reader.escaped(name) }

    /// A name as a pointer's reference token.
    package static func escaped(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "~") }) else { return name }
        return name.reduce(into: "") { token, character in
            switch character {
            case "~": token += "~0"
            case "/": token += "~1"
            default: token.append(character)
            }
        }
    }

    /// A refusal that points to a member.
    package func refusal(_ name: String, _ message: String, _ code: Refusal.Code = .invalidField) -> Refusal {
        Refusal(code, message, at: pointer(to: name))
    }

    private func wrongType(_ name: String, _ wanted: String, _ value: JSON) -> Refusal {
        refusal(name, "must be \(wanted), and is \(value.kind)")
    }

    /// The member, `null` included.
    package func member(_ name: String) -> JSON? { self[name] }

    /// Whether the member is there, `null` included.
    package func has(_ name: String) -> Bool { self[name] != nil }

    /// The member, or nil where it is missing or `null`.
    package func optional(_ name: String) -> JSON? {
        guard let value = self[name], value != .null else { return nil }
        return value
    }

    /// The member; missing or `null` is a refusal.
    package func required(_ name: String) throws(Refusal) -> JSON {
        guard let value = optional(name) else { throw refusal(name, "is required") }
        return value
    }

    /// A string of at most `limit` bytes.
    package func text(_ name: String, limit: Int = 4096) throws(Refusal) -> String {
        guard let text = try optionalText(name, limit: limit) else { throw refusal(name, "is required") }
        return text
    }

    /// A string of at most `limit` bytes, or nil where the member is missing or `null`.
    package func optionalText(_ name: String, limit: Int = 4096) throws(Refusal) -> String? {
        guard let value = optional(name) else { return nil }
        guard let text = value.text else { throw wrongType(name, "a string", value) }
        guard text.utf8.count <= limit else { throw refusal(name, "is longer than \(limit) bytes", .tooLarge) }
        return text
    }

    /// A string that is not empty, of at most `limit` bytes.
    package func name(_ name: String, limit: Int = 128) throws(Refusal) -> String {
        let text = try text(name, limit: limit)
        guard !text.isEmpty else { throw refusal(name, "must not be empty") }
        return text
    }

    /// A string with at least one letter or digit, of any script.
    package func meaningfulText(_ name: String, limit: Int = 4096) throws(Refusal) -> String {
        guard let text = try optionalMeaningfulText(name, limit: limit) else { throw refusal(name, "is required") }
        return text
    }

    /// A string with at least one letter or digit, or nil where the member is missing or `null`.
    package func optionalMeaningfulText(_ name: String, limit: Int = 4096) throws(Refusal) -> String? {
        guard let text = try optionalText(name, limit: limit) else { return nil }
        guard text.unicodeScalars.contains(where: { $0.isLetterOrDigit }) else {
            throw refusal(name, "must have a letter or a digit")
        }
        return text
    }

    /// `true` or `false`.
    package func bool(_ name: String) throws(Refusal) -> Bool {
        let json = try required(name)
        guard case .bool(let value) = json else { throw wrongType(name, "true or false", json) }
        return value
    }

    /// A whole number within `range`.
    package func integer(_ name: String, in range: ClosedRange<Int64>) throws(Refusal) -> Int64 {
        let json = try required(name)
        guard let value = json.integer, range.contains(value) else {
            throw wrongType(name, "a whole number from \(range.lowerBound) to \(range.upperBound)", json)
        }
        return value
    }

    /// One of an enumeration's values.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of: Choice.Type = Choice.self
    ) throws(Refusal) -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: try text(name)) else {
            let values = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw refusal(name, "must be one of \(values)")
        }
        return choice
    }

    /// A reader of an object that is a member.
    package func object(_ name: String) throws(Refusal) -> Reader {
        try child(try required(name), at: pointer(to: name))
    }

    /// A reader of an object that is a member, or nil where it is missing or `null`.
    package func optionalObject(_ name: String) throws(Refusal) -> Reader? {
        guard let value = optional(name) else { return nil }
        return try child(value, at: pointer(to: name))
    }

    /// Readers of the objects in an array of at most `limit`.
    package func objects(_ name: String, limit: Int) throws(Refusal) -> [Reader] {
        var readers: [Reader] = []
        for (json, pointer) in try array(name, limit: limit) { readers.append(try child(json, at: pointer)) }
        return readers
    }

    /// The elements of an array of at most `limit`, each with its pointer.
    package func array(_ name: String, limit: Int) throws(Refusal) -> [(json: JSON, pointer: String)] {
        let elements = try elements(name, limit: limit)
        let base = pointer(to: name)
        return elements.enumerated().map { ($0.element, "\(base)/\($0.offset)") }
    }

    /// As `array`, without pointers: the caller makes one when an element is wrong.
    func elements(_ name: String, limit: Int) throws(Refusal) -> [JSON] {
        let json = try required(name)
        guard let elements = json.elements else { throw wrongType(name, "an array", json) }
        guard elements.count <= limit else { throw refusal(name, "has more than \(limit) elements", .tooLarge) }
        return elements
    }

    /// An array of at most `limit` strings, each of 1 to 128 bytes.
    package func names(_ name: String, limit: Int) throws(Refusal) -> [String] {
        var names: [String] = []
        for (json, pointer) in try array(name, limit: limit) {
            guard let text = json.text, !text.isEmpty, text.utf8.count <= 128 else {
                throw Refusal(.invalidField, "must be a string of 1 to 128 bytes", at: pointer)
            }
            names.append(text)
        }
        return names
    }
}

extension Unicode.Scalar {
    /// By general category (L*, Nd), less the letters that show nothing, such as U+3164.
    fileprivate var isLetterOrDigit: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
            !properties.isDefaultIgnorableCodePoint
        case .nonspacingMark, .spacingMark, .enclosingMark, .letterNumber, .otherNumber, .connectorPunctuation,
            .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol, .spaceSeparator,
            .lineSeparator, .paragraphSeparator, .control, .format, .surrogate, .privateUse, .unassigned:
            false
        @unknown default: false
        }
    }
}
