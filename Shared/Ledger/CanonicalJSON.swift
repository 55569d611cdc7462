import Models

/// Writes JSON in the canonical form of RFC 8785, so that every program hashes the same bytes.
enum CanonicalJSON {
    /// The largest whole number that every reader of RFC 8785 keeps exactly.
    private static let largestNumber: Int64 = 1 << 53

    /// The canonical text. Error: a number that is not whole or beyond 2^53, or a repeated member name.
    static func text(_ json: JSON) throws(LedgerError) -> String {
        var text = ""
        try write(json, to: &text)
        return text
    }

    private static func write(_ json: JSON, to text: inout String) throws(LedgerError) {
        switch json {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let literal):
            guard let number = Int64(literal), abs(number) <= largestNumber else { throw .notCanonical }
            text += String(number)
        case .string(let string): write(string, to: &text)
        case .array(let elements):
            text += "["
            for (place, element) in elements.enumerated() {
                if place > 0 { text += "," }
                try write(element, to: &text)
            }
            text += "]"
        case .object(let members):
            // By UTF-16 code units, as RFC 8785 section 3.2.3 sorts.
            let sorted = members.sorted { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) }
            text += "{"
            for (place, member) in sorted.enumerated() {
                if place > 0 {
                    guard !member.name.utf16.elementsEqual(sorted[place - 1].name.utf16) else { throw .notCanonical }
                    text += ","
                }
                write(member.name, to: &text)
                text += ":"
                try write(member.value, to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{8}": text += "\\b"
            case "\u{9}": text += "\\t"
            case "\u{A}": text += "\\n"
            case "\u{C}": text += "\\f"
            case "\u{D}": text += "\\r"
            case "\u{0}"..<"\u{20}": text += "\\u00" + hexadecimal([UInt8(scalar.value)])
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
