/// Levels of arrays and objects in a message: the contract's deepest has five; more is an attack on the stack.
private let maximumDepth = 32

/// A mistake in a JSON text, and its place.
package struct JSONError: Error, Sendable, Hashable {
    /// In plain words; names no value of the text.
    package let message: String
    /// Offset in bytes from 0.
    package let offset: Int
    /// The pointer of the value that contains the mistake (RFC 6901); empty for the whole text.
    package var pointer = ""

    /// The same mistake, seen from the object or array whose member or element `token` has it.
    fileprivate func inside(_ token: String) -> JSONError {
        JSONError(message: message, offset: offset, pointer: "/" + Reader.escaped(token) + pointer)
    }
}

extension JSON {
    /// Reads one JSON text (RFC 8259) in UTF-8 to its end.
    ///
    /// Refuses, besides mistakes of grammar: a repeated member name, the character NUL in a string (PostgreSQL cannot
    /// store it), an unpaired surrogate, more than 32 levels.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    var position = 0

    mutating func document() throws(JSONError) -> JSON {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw wrong("text after the end of the value") }
        return value
    }

    func wrong(_ message: String) -> JSONError { JSONError(message: message, offset: position) }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    func peek() throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw wrong("the text ends too early") }
        return bytes[position]
    }

    mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth < maximumDepth else { throw wrong("nested too deeply") }
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return .number(try number())
        }
    }

    mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let matches = text.withUTF8Buffer { literal in
            bytes.count - position >= literal.count && literal.elementsEqual(bytes[position..<position + literal.count])
        }
        guard matches else { throw wrong("not a JSON value") }
        position += text.utf8CodeUnitCount
        return value
    }

    mutating func object(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var members: [JSON.Member] = []
        skipSpace()
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        members.reserveCapacity(8)
        var names = Set<String>()
        while true {
            skipSpace()
            guard try peek() == UInt8(ascii: "\"") else { throw wrong("a member name was expected") }
            let name = try string()
            try refuseRepeated(name, among: members, &names)
            skipSpace()
            guard try peek() == UInt8(ascii: ":") else { throw wrong("a colon was expected") }
            position += 1
            skipSpace()
            do throws(JSONError) {
                members.append(JSON.Member(name, try value(depth: depth + 1)))
            } catch {
                throw error.inside(name)
            }
            guard try hasMore(until: UInt8(ascii: "}")) else { return .object(members) }
        }
    }

    /// Few names are compared one by one; many by a set, so that an object of 100,000 names costs no quadratic time.
    func refuseRepeated(_ name: String, among members: [JSON.Member], _ names: inout Set<String>) throws(JSONError) {
        let isRepeated: Bool
        if members.count < 16 {
            isRepeated = members.contains { $0.name == name }
        } else {
            if names.isEmpty { names = Set(members.map(\.name)) }
            isRepeated = !names.insert(name).inserted
        }
        if isRepeated { throw wrong("a member name stands twice") }
    }

    mutating func array(depth: Int) throws(JSONError) -> JSON {
        position += 1
        var elements: [JSON] = []
        skipSpace()
        if try peek() == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            skipSpace()
            do throws(JSONError) {
                elements.append(try value(depth: depth + 1))
            } catch {
                throw error.inside(String(elements.count))
            }
            guard try hasMore(until: UInt8(ascii: "]")) else { return .array(elements) }
        }
    }

    mutating func hasMore(until end: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        let next = try peek()
        guard next == UInt8(ascii: ",") || next == end else { throw wrong("a comma was expected") }
        position += 1
        return next != end
    }

    mutating func number() throws(JSONError) -> String {
        let start = position
        if try peek() == UInt8(ascii: "-") { position += 1 }
        if try peek() == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            let sign = try peek()
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    mutating func digits() throws(JSONError) {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        guard position > start else { throw wrong("not a JSON value") }
    }

    mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = try validated(bytes[start..<position])
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw wrong("a control character in a string") }
            position += 1
        }
        throw wrong("the text ends too early")
    }

    mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var unescaped = Array(bytes[start..<position])
        while true {
            let byte = try peek()
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try validated(unescaped[...])
            case UInt8(ascii: "\\"): try appendEscape(to: &unescaped)
            case 0..<0x20: throw wrong("a control character in a string")
            default: unescaped.append(byte)
            }
        }
    }

    mutating func appendEscape(to unescaped: inout [UInt8]) throws(JSONError) {
        let escape = try peek()
        position += 1
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(escape)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): unescaped.append(contentsOf: Array(String(try unicodeEscape()).utf8))
        default: throw wrong("an unknown escape")
        }
    }

    mutating func unicodeEscape() throws(JSONError) -> Character {
        let first = try hexadecimal()
        var code = first
        if (0xD800..<0xDC00).contains(first), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            let second = try hexadecimal()
            guard (0xDC00..<0xE000).contains(second) else { throw wrong("an unpaired surrogate") }
            code = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        }
        guard code != 0 else { throw wrong("the character NUL") }
        guard let scalar = Unicode.Scalar(code) else { throw wrong("an unpaired surrogate") }
        return Character(scalar)
    }

    mutating func hexadecimal() throws(JSONError) -> UInt32 {
        guard bytes.count - position >= 4 else { throw wrong("the text ends too early") }
        var code: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw wrong("an unknown escape") }
            code = code << 4 | UInt32(digit)
        }
        position += 4
        return code
    }

    func validated(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw wrong("not UTF-8") }
        return text
    }
}
