/// Leaves in one condition: each is looked up for every contact that a filter walks over.
private let maximumLeaves = 200
/// Levels of `all`, `any`, `not` and leaves: the stack is finite, and a deeper condition is hard to understand.
private let maximumDepth = 16
/// Values in one `in`.
private let maximumValues = 100
/// Bytes in one value to compare with.
private let maximumValueBytes = 1024

/// Reads the JSON of a condition, and goes on after a mistake to find the next.
struct ConditionParser {
    let vocabulary: Condition.Vocabulary
    var refusals: [Refusal] = []
    var leaves = 0

    /// A placeholder for a refused condition.
    private static let none = Condition.all([])

    mutating func condition(_ json: JSON, at pointer: String, depth: Int) -> Condition {
        guard depth < maximumDepth else {
            return refuse("is nested deeper than \(maximumDepth) levels", at: pointer, .tooLarge)
        }
        guard let members = json.members else {
            return refuse("must be a condition (an object), and is \(json.kind)", at: pointer)
        }
        if json["field"] != nil { return leaf(members, at: pointer) }
        guard members.count == 1, let member = members.first else {
            return refuse("must have exactly one of all, any, not, field", at: pointer)
        }
        let place = pointer + "/" + Reader.escaped(member.name)
        switch member.name {
        case "all": return .all(conditions(member.value, at: place, depth: depth))
        case "any": return .any(conditions(member.value, at: place, depth: depth))
        case "not": return .not(condition(member.value, at: place, depth: depth + 1))
        default: return refuse("is not known; a condition has one of all, any, not, field", at: place)
        }
    }

    private mutating func conditions(_ json: JSON, at pointer: String, depth: Int) -> [Condition] {
        guard let elements = json.elements else {
            _ = refuse("must be an array of conditions", at: pointer)
            return []
        }
        var conditions: [Condition] = []
        for (index, element) in elements.enumerated() where leaves <= maximumLeaves {
            conditions.append(condition(element, at: "\(pointer)/\(index)", depth: depth + 1))
        }
        return conditions
    }

    private mutating func leaf(_ members: [JSON.Member], at pointer: String) -> Condition {
        leaves += 1
        guard leaves <= maximumLeaves else {
            return refuse("is one leaf more than the \(maximumLeaves) of a condition", at: pointer, .tooLarge)
        }
        var field: Condition.Field?
        for member in members where member.name == "field" {
            field = self.field(member.value, at: pointer + "/field")
        }
        let operators = members.filter { $0.name != "field" }
        guard operators.count == 1, let member = operators.first else {
            return refuse("must have exactly one of is, in, exists, atLeast, atMost, startsWith", at: pointer)
        }
        let test = test(member, of: field, at: pointer + "/" + Reader.escaped(member.name))
        guard let field, let test else { return Self.none }
        return .leaf(field, test)
    }

    private mutating func field(_ json: JSON, at pointer: String) -> Condition.Field? {
        let text = json.text ?? ""
        switch text {
        case "locale": return .locale
        case "optIn": return .optIn
        case "processing": return .processing
        case "erasure": return .erasure
        default: break
        }
        guard let dot = text.firstIndex(of: ".") else { return unknownField(at: pointer) }
        let name = String(text[text.index(after: dot)...]).composed
        switch text[..<dot] {
        case "profile": return known(name, vocabulary.attributes, "attribute", at: pointer) ? .profile(name) : nil
        case "list": return known(name, vocabulary.lists, "list", at: pointer) ? .list(name) : nil
        case "consent": return known(name, vocabulary.consents, "consent", at: pointer) ? .consent(name) : nil
        default: return unknownField(at: pointer)
        }
    }

    private mutating func unknownField(at pointer: String) -> Condition.Field? {
        let fields = "profile.<attribute>, locale, optIn, list.<name>, consent.<name>, processing, erasure"
        _ = refuse("must be one of \(fields)", at: pointer)
        return nil
    }

    private mutating func known(_ name: String, _ names: Set<String>, _ what: String, at pointer: String) -> Bool {
        if names.contains(name) { return true }
        _ = refuse("names no declared \(what)", at: pointer)
        return false
    }

    private mutating func test(
        _ member: JSON.Member, of field: Condition.Field?, at pointer: String
    ) -> Condition.Test? {
        switch member.name {
        case "is": return value(member.value, of: field, at: pointer).map { .is($0) }
        case "in": return values(member.value, of: field, at: pointer).map { .in($0) }
        case "exists":
            if case .bool(let exists) = member.value { return .exists(exists) }
            _ = refuse("must be true or false, and is \(member.value.kind)", at: pointer)
        case "atLeast": return bound(member.value, at: pointer).map { .atLeast($0) }
        case "atMost": return bound(member.value, at: pointer).map { .atMost($0) }
        case "startsWith":
            if let text = member.value.text, text.utf8.count <= maximumValueBytes { return .startsWith(text) }
            _ = refuse("must be a string of at most \(maximumValueBytes) bytes", at: pointer)
        default:
            _ = refuse("is not known; one of is, in, exists, atLeast, atMost, startsWith", at: pointer)
        }
        return nil
    }

    private mutating func values(_ json: JSON, of field: Condition.Field?, at pointer: String) -> [JSON]? {
        guard let elements = json.elements, (1...maximumValues).contains(elements.count) else {
            _ = refuse("must be an array of 1 to \(maximumValues) values", at: pointer)
            return nil
        }
        return elements.enumerated().compactMap { value($0.element, of: field, at: "\(pointer)/\($0.offset)") }
    }

    private mutating func value(_ json: JSON, of field: Condition.Field?, at pointer: String) -> JSON? {
        if let values = field?.values, !values.contains(json) {
            _ = refuse("must be one of \(values.map { $0.text ?? $0.serialized }.joined(separator: ", "))", at: pointer)
            return nil
        }
        if case .bool = json { return json }
        return bound(json, at: pointer, "must be a string, a number, true or false")
    }

    private mutating func bound(
        _ json: JSON, at pointer: String, _ message: String = "must be a string or a number"
    ) -> JSON? {
        switch json {
        case .number(let text), .string(let text):
            guard text.utf8.count <= maximumValueBytes else {
                _ = refuse("is longer than \(maximumValueBytes) bytes", at: pointer, .tooLarge)
                return nil
            }
            if json.isComparable { return json }
            _ = refuse("has an exponent out of range", at: pointer)
        case .null, .bool, .array, .object: _ = refuse("\(message), and is \(json.kind)", at: pointer)
        }
        return nil
    }

    private mutating func refuse(
        _ message: String, at pointer: String, _ code: Refusal.Code = .invalidField
    ) -> Condition {
        refusals.append(Refusal(code, message, at: pointer))
        return Self.none
    }
}
