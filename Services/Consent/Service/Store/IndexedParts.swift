import Models

extension Condition {
    /// Parts that all hold if the condition holds, and that an index serves.
    var indexedParts: [Condition] {
        switch self {
        case .all(let conditions): conditions.flatMap(\.indexedParts)
        case .any, .leaf: isIndexed ? [self] : []
        // An index lists the contacts that have a value, not those that lack it.
        case .not: []
        }
    }

    /// The rest of the condition if the given part holds.
    func without(_ part: Condition) -> Condition {
        if self == part { return .all([]) }
        return switch self {
        case .all(let conditions): .all(conditions.map { $0.without(part) })
        case .any, .not, .leaf: self
        }
    }

    private var isIndexed: Bool {
        switch self {
        case .all(let conditions): conditions.contains(where: \.isIndexed)
        case .any(let conditions): !conditions.isEmpty && conditions.allSatisfy(\.isIndexed)
        case .not: false
        case .leaf(let field, let test): Self.isIndexed(field, test)
        }
    }

    /// Must match the SQL that `ConditionSQL` writes and the indexes that the migrations create.
    private static func isIndexed(_ field: Field, _ test: Test) -> Bool {
        switch field {
        case .profile:
            switch test {
            case .is, .in: true
            case .exists, .atLeast, .atMost, .startsWith: false
            }
        case .optIn: !optInStatuses.allSatisfy { test.holds(for: .string($0)) }
        case .list: test.holds(for: true) && !test.holds(for: false)
        case .consent: !test.holds(for: "none") && (test.holds(for: "granted") || test.holds(for: "revoked"))
        case .processing: test.holds(for: "stopped") && !test.holds(for: "active")
        case .erasure: !test.holds(for: "none") && (test.holds(for: "requested") || test.holds(for: "completed"))
        case .locale: false
        }
    }
}
