/// A condition on a contact, for pages, workflows and filters (contract section 5).
package indirect enum Condition: Sendable, Hashable {
    /// All of the conditions hold; true where there are none.
    case all([Condition])
    /// At least one of the conditions holds; false where there are none.
    case any([Condition])
    /// The condition does not hold.
    case not(Condition)
    /// One field passes one test.
    case leaf(Field, Test)

    /// The field that a leaf tests.
    package enum Field: Sendable, Hashable {
        /// `profile.<attribute>`: a declared attribute.
        case profile(String)
        /// The contact's language tag.
        case locale
        /// The opt-in status (O1).
        case optIn
        /// `list.<name>`: whether the contact subscribes to the list, a boolean.
        case list(String)
        /// `consent.<name>`: `granted`, `revoked` or `none`.
        case consent(String)
        /// `active` or `stopped` (C4).
        case processing
        /// `none`, `requested` or `completed` (C5).
        case erasure
    }

    /// The test that a leaf applies to its field. Values are strings, numbers or booleans.
    package enum Test: Sendable, Hashable {
        /// Equal to the value.
        case `is`(JSON)
        /// Equal to one of the values.
        case `in`([JSON])
        /// There is a value, or there is none.
        case exists(Bool)
        /// A string or number not below this one.
        case atLeast(JSON)
        /// A string or number not above this one.
        case atMost(JSON)
        /// A string that begins with this text.
        case startsWith(String)
    }

    /// The names that a configuration declares and a condition may use.
    package struct Vocabulary: Sendable, Hashable {
        /// Names for `profile.`.
        package let attributes: Set<String>
        /// Names for `list.`.
        package let lists: Set<String>
        /// Names for `consent.`.
        package let consents: Set<String>

        package init(attributes: Set<String>, lists: Set<String>, consents: Set<String>) {
            self.attributes = attributes
            self.lists = lists
            self.consents = consents
        }
    }

    /// Reads a condition; throws the first mistake.
    package init(reading json: JSON, at pointer: String, knowing vocabulary: Vocabulary) throws(Refusal) {
        let (condition, refusals) = Condition.checked(json, at: pointer, knowing: vocabulary)
        if let first = refusals.first { throw first }
        self = condition
    }

    /// Reads a condition and collects every mistake; the condition counts only where there is none.
    package static func checked(
        _ json: JSON, at pointer: String, knowing vocabulary: Vocabulary
    ) -> (condition: Condition, refusals: [Refusal]) {
        var parser = ConditionParser(vocabulary: vocabulary)
        let condition = parser.condition(json, at: pointer, depth: 0)
        return (condition, parser.refusals)
    }

    /// The consents that its leaves name: those to which a workflow on `consent.granted` reacts.
    package var consents: Set<String> {
        switch self {
        case .all(let conditions), .any(let conditions):
            conditions.reduce(into: []) { $0.formUnion($1.consents) }
        case .not(let condition): condition.consents
        case .leaf(.consent(let name), _): [name]
        case .leaf: []
        }
    }

    /// The lists that its leaves name: those to which a workflow on `list.subscribed` or `list.left` reacts.
    package var lists: Set<String> {
        switch self {
        case .all(let conditions), .any(let conditions):
            conditions.reduce(into: []) { $0.formUnion($1.lists) }
        case .not(let condition): condition.lists
        case .leaf(.list(let name), _): [name]
        case .leaf: []
        }
    }
}

extension Condition.Field {
    /// The values that the field can have; nil where they are open.
    var values: [JSON]? {
        switch self {
        case .profile, .locale: nil
        case .optIn: Condition.optInStatuses.map { .string($0) }
        case .list: [true, false]
        case .consent: ["granted", "revoked", "none"]
        case .processing: ["active", "stopped"]
        case .erasure: ["none", "requested", "completed"]
        }
    }
}
