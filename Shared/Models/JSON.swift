/// A JSON value (RFC 8259) as it stood in the text: members keep their order, numbers their literal.
///
/// Own code and not Foundation's, because a message is decoded once, its errors name a pointer (RFC 6901), a repeated
/// member name is an error, and a number that travels through Assent must come back as it was written.
package enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The literal, such as `1.50`.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// One name and its value.
    package struct Member: Sendable, Hashable {
        /// The name, unescaped.
        package let name: String
        /// Its value.
        package var value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// The value of the member `name` of an object; nil where there is none.
    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        for member in members where member.name == name { return member.value }
        return nil
    }

    /// The text of a string; nil of anything else.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The kind of value, in words that follow "is".
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// A whole number that fits 64 bits; nil of anything else.
    package var integer: Int64? {
        guard case .number(let literal) = self else { return nil }
        return Int64(literal)
    }

    /// The elements of an array; nil of anything else.
    package var elements: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members of an object; nil of anything else.
    package var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    /// `true` or `false`.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(String(value)) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// An object, members in the order given.
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
    /// `null`.
    package init(nilLiteral: ()) { self = .null }
    /// An object of the members whose value is not nil.
    package init(present members: KeyValuePairs<String, JSON?>) {
        self = .object(members.compactMap { member in member.value.map { Member(member.key, $0) } })
    }
    /// A string where there is one, else nil.
    package static func text(_ text: String?) -> JSON? { text.map { .string($0) } }
}
