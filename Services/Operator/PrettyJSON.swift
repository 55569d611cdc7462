import Models

extension JSON {
    /// The JSON text in one line, without characters that control a terminal.
    var oneLine: String { Self.escaped(serialized) }

    /// The JSON text over several lines, indented by two spaces, without characters that control a terminal.
    var pretty: String {
        var text = ""
        appendPretty(to: &text, indentation: "")
        return text
    }

    private func appendPretty(to text: inout String, indentation: String) {
        let deeper = indentation + "  "
        switch self {
        case .null, .bool, .number: text += serialized
        case .string(let value): text += Self.quoted(value)
        case .array(let elements) where elements.isEmpty: text += "[]"
        case .object(let members) where members.isEmpty: text += "{}"
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                text += (index == 0 ? "[\n" : ",\n") + deeper
                element.appendPretty(to: &text, indentation: deeper)
            }
            text += "\n\(indentation)]"
        case .object(let members):
            for (index, member) in members.enumerated() {
                text += (index == 0 ? "{\n" : ",\n") + deeper + Self.quoted(member.name) + ": "
                member.value.appendPretty(to: &text, indentation: deeper)
            }
            text += "\n\(indentation)}"
        }
    }

    private static func quoted(_ value: String) -> String { escaped(JSON.string(value).serialized) }

    /// Escapes characters that RFC 8259 permits but that control a terminal; they occur only in strings.
    private static func escaped(_ json: String) -> String {
        var text = ""
        for scalar in json.unicodeScalars {
            if Terminal.isSteering(scalar) {
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
