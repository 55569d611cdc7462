import Models
import PostgreSQL

/// A condition as part of a WHERE on `contact`. Names and values are binds, so that the text consists of ours alone; no
/// part of it is ever NULL, so that NOT is the condition's `not`.
struct ConditionSQL {
    /// The binds, those that were there before first.
    private(set) var parameters: [Parameter]

    /// Its binds follow these.
    init(following parameters: [Parameter]) { self.parameters = parameters }

    /// Agrees with `Condition.matches`, which is tested against it.
    mutating func text(of condition: Condition) -> String {
        switch condition {
        case .all(let conditions): joined(conditions, by: " AND ", none: "TRUE")
        case .any(let conditions): joined(conditions, by: " OR ", none: "FALSE")
        case .not(let condition): "NOT \(text(of: condition))"
        case .leaf(let field, let test): leaf(field, test)
        }
    }

    private mutating func joined(_ conditions: [Condition], by word: String, none: String) -> String {
        var texts: [String] = []
        for condition in conditions { texts.append(text(of: condition)) }
        return texts.isEmpty ? none : "(\(texts.joined(separator: word)))"
    }

    private mutating func leaf(_ field: Condition.Field, _ test: Condition.Test) -> String {
        switch field {
        case .profile(let name): attribute(name, test)
        case .locale: locale(test)
        case .optIn: optIn(test)
        case .list(let name): list(name, test)
        case .consent(let name): consent(name, test)
        // Nothing is stopped or erased yet: what holds for one contact holds for all.
        case .processing: Self.constant(test.holds(for: "active"))
        case .erasure: Self.constant(test.holds(for: "none"))
        }
    }

    /// Containment serves equality, since the GIN index on `searchable` finds it.
    private mutating func attribute(_ name: String, _ test: Condition.Test) -> String {
        switch test {
        case .is(let value):
            return "searchable @> \(bind(.jsonText(Self.object(name, value))))::jsonb"
        case .in(let values):
            return "searchable @> ANY (\(bind(.texts(values.map { Self.object(name, $0) })))::jsonb[])"
        case .exists(let exists):
            return "\(exists ? "" : "NOT ")searchable ? \(bind(.text(name)))"
        case .atLeast(let bound): return attribute(name, ">=", bound)
        case .atMost(let bound): return attribute(name, "<=", bound)
        case .startsWith(let beginning):
            let name = bind(.text(name))
            return Self.guarded(name, "string", "starts_with(searchable ->> \(name), \(bind(.text(beginning))))")
        }
    }

    private mutating func attribute(_ name: String, _ comparison: String, _ bound: JSON) -> String {
        let name = bind(.text(name))
        let value = bind(.text(bound.scalarText))
        guard bound.text == nil else {
            return Self.guarded(name, "string", "(searchable ->> \(name)) COLLATE \"C\" \(comparison) \(value)")
        }
        return Self.guarded(name, "number", "(searchable ->> \(name))::numeric \(comparison) \(value)::numeric")
    }

    /// CASE, since AND may be evaluated in any order and a string is no number.
    private static func guarded(_ name: String, _ type: String, _ comparison: String) -> String {
        "CASE WHEN jsonb_typeof(searchable -> \(name)) = '\(type)' THEN \(comparison) ELSE FALSE END"
    }

    private mutating func locale(_ test: Condition.Test) -> String {
        let comparison: String
        switch test {
        case .exists(let exists): return exists ? "locale IS NOT NULL" : "locale IS NULL"
        case .is(let value): return locale(.in([value]))
        case .in(let values): comparison = "locale = ANY (\(bind(.texts(values.compactMap(\.text)))))"
        case .atLeast(let bound), .atMost(let bound):
            guard let bound = bound.text else { return Self.constant(false) }
            var word = "<="
            if case .atLeast = test { word = ">=" }
            comparison = "locale COLLATE \"C\" \(word) \(bind(.text(bound)))"
        case .startsWith(let beginning): comparison = "starts_with(locale, \(bind(.text(beginning))))"
        }
        return "(locale IS NOT NULL AND \(comparison))"
    }

    /// Any test of a status comes down to the statuses that stand it; one alone is found in the order of the pages.
    private mutating func optIn(_ test: Condition.Test) -> String {
        let statuses = Condition.optInStatuses.filter { test.holds(for: .string($0)) }
        if statuses.count == 1 { return "opt_in = \(bind(.text(statuses[0])))" }
        guard statuses.count < Condition.optInStatuses.count else { return Self.constant(true) }
        return "opt_in = ANY (\(bind(.texts(statuses))))"
    }

    private mutating func list(_ name: String, _ test: Condition.Test) -> String {
        switch (test.holds(for: true), test.holds(for: false)) {
        case (true, false): "lists @> \(bind(.texts([name])))"
        case (false, true): "NOT lists @> \(bind(.texts([name])))"
        case (let both, _): Self.constant(both)
        }
    }

    /// Any test comes down to the values that stand it; of a contact one of three holds.
    private mutating func consent(_ name: String, _ test: Condition.Test) -> String {
        let isNone = test.holds(for: "none")
        let isGranted = test.holds(for: "granted")
        let isRevoked = test.holds(for: "revoked")
        if isNone && isGranted && isRevoked || !isNone && !isGranted && !isRevoked { return Self.constant(isNone) }
        // Without the third value, what is left out is what is named.
        let named = bind(.texts([name]))
        var parts: [String] = []
        if isGranted != isNone { parts.append("granted @> \(named)") }
        if isRevoked != isNone { parts.append("revoked @> \(named)") }
        let any = "(\(parts.joined(separator: " OR ")))"
        return isNone ? "NOT \(any)" : any
    }

    private mutating func bind(_ parameter: Parameter) -> String {
        parameters.append(parameter)
        return "$\(parameters.count)"
    }

    private static func constant(_ value: Bool) -> String { value ? "TRUE" : "FALSE" }

    private static func object(_ name: String, _ value: JSON) -> String {
        JSON.object([JSON.Member(name, value)]).serialized
    }
}
