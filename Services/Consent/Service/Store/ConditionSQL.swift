import Models
import PostgreSQL

/// A condition as part of a WHERE on `contact`. All names and values are binds, which rules out SQL injection. No part
/// is ever NULL, so that SQL's NOT equals the condition's `not`.
struct ConditionSQL {
    /// All binds, starting with those passed to `init`.
    private(set) var parameters: [Parameter]

    /// Numbers its binds after the given ones.
    init(following parameters: [Parameter]) { self.parameters = parameters }

    /// Must give the same result as `Condition.matches`; a test compares the two.
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
        case .processing: processing(test)
        case .erasure: erasure(test)
        }
    }

    /// Equality is written as containment, because the GIN index on `searchable` supports only that.
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

    /// CASE, because SQL may evaluate the sides of AND in any order and the cast fails on a string.
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

    /// Any status test becomes the set of statuses that pass it. A single status uses the index in the order of the
    /// pages.
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

    /// Any consent test becomes the set of values that pass it: none, granted or revoked; each contact has exactly one.
    private mutating func consent(_ name: String, _ test: Condition.Test) -> String {
        let isNone = test.holds(for: "none")
        let isGranted = test.holds(for: "granted")
        let isRevoked = test.holds(for: "revoked")
        if isNone && isGranted && isRevoked || !isNone && !isGranted && !isRevoked { return Self.constant(isNone) }
        // `none` has no column: when `none` passes, the condition excludes the values that fail.
        let named = bind(.texts([name]))
        var parts: [String] = []
        if isGranted != isNone { parts.append("granted @> \(named)") }
        if isRevoked != isNone { parts.append("revoked @> \(named)") }
        let any = "(\(parts.joined(separator: " OR ")))"
        return isNone ? "NOT \(any)" : any
    }

    /// Few contacts are stopped, so that the index holds these alone.
    private func processing(_ test: Condition.Test) -> String {
        switch (test.holds(for: "active"), test.holds(for: "stopped")) {
        case (true, false): "processing <> 'stopped'"
        case (false, true): "processing = 'stopped'"
        case (let both, _): Self.constant(both)
        }
    }

    private mutating func erasure(_ test: Condition.Test) -> String {
        let states = ["none", "requested", "completed"].filter { test.holds(for: .string($0)) }
        guard states.contains("none") else {
            return states.isEmpty
                ? Self.constant(false) : "(erasure <> 'none' AND erasure = ANY (\(bind(.texts(states)))))"
        }
        return states.count == 3 ? Self.constant(true) : "erasure = ANY (\(bind(.texts(states))))"
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
