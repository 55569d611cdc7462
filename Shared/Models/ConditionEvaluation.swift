extension Condition {
    /// The values of one contact that a condition can test.
    package struct Facts: Sendable, Hashable {
        /// Strings, numbers and booleans by the name of an attribute.
        package var attributes: [String: JSON]
        /// The contact's language tag; nil where none was named.
        package var locale: String?
        /// One of `Condition.optInStatuses`.
        package var optIn: String
        /// Names of the lists that the contact subscribes to.
        package var lists: Set<String>
        /// `granted` or `revoked` by the name of a consent; the others are `none`.
        package var consents: [String: String]
        /// `active` or `stopped`.
        package var processing: String
        /// `none`, `requested` or `completed`.
        package var erasure: String

        /// A contact's values; the defaults are those of a new contact.
        package init(
            attributes: [String: JSON] = [:], locale: String? = nil, optIn: String = "none", lists: Set<String> = [],
            consents: [String: String] = [:], processing: String = "active", erasure: String = "none"
        ) {
            self.attributes = attributes
            self.locale = locale
            self.optIn = optIn
            self.lists = lists
            self.consents = consents
            self.processing = processing
            self.erasure = erasure
        }

        /// The value of a field; nil where it is missing. Only attributes and `locale` can be missing.
        package subscript(field: Field) -> JSON? {
            switch field {
            case .profile(let name): attributes[name]
            case .locale: .text(locale)
            case .optIn: .string(optIn)
            case .list(let name): .bool(lists.contains(name))
            case .consent(let name): .string(consents[name] ?? "none")
            case .processing: .string(processing)
            case .erasure: .string(erasure)
            }
        }
    }

    /// The values of `optIn` (O1).
    package static let optInStatuses = [
        "none", "single-opt-in-user", "single-opt-in-webform", "double-opt-in", "opt-out-user", "opt-out-contact",
    ]

    /// Whether the condition holds for a contact.
    package func matches(_ facts: Facts) -> Bool {
        switch self {
        case .all(let conditions): conditions.allSatisfy { $0.matches(facts) }
        case .any(let conditions): conditions.contains { $0.matches(facts) }
        case .not(let condition): !condition.matches(facts)
        case .leaf(let field, let test): test.holds(for: facts[field])
        }
    }
}

extension Condition.Test {
    /// Whether a field of this value passes the test; nil: the field is missing, and only `exists: false` holds.
    ///
    /// Numbers compare by value, strings by code points, never one with the other.
    package func holds(for value: JSON?) -> Bool {
        switch self {
        case .exists(let exists): exists == (value != nil)
        case .is(let wanted): value?.equals(wanted) ?? false
        case .in(let wanted): wanted.contains { value?.equals($0) ?? false }
        case .atLeast(let bound): value.flatMap { bound.isAtMost($0) } ?? false
        case .atMost(let bound): value.flatMap { $0.isAtMost(bound) } ?? false
        case .startsWith(let beginning): value?.text?.utf8.starts(with: beginning.utf8) ?? false
        }
    }
}

extension JSON {
    /// Compares by value, unlike `==`, which takes 1 and 1.0 for different, and é for equal to e with an accent.
    fileprivate func equals(_ other: JSON) -> Bool {
        if case .bool(let value) = self, case .bool(let wanted) = other { return value == wanted }
        return isAtMost(other) == true && other.isAtMost(self) == true
    }

    /// Compares two numbers or two strings; nil for anything else. The order of UTF-8's bytes is that of the code
    /// points.
    fileprivate func isAtMost(_ other: JSON) -> Bool? {
        switch (self, other) {
        case (.number(let one), .number(let other)):
            guard let one = ConditionNumber(literal: one), let other = ConditionNumber(literal: other) else {
                return nil
            }
            return one <= other
        case (.string(let one), .string(let other)):
            return !other.utf8.lexicographicallyPrecedes(one.utf8)
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): return nil
        }
    }
}
