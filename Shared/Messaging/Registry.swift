import Models
import Settings

/// The handlers of a service, by type.
package struct Registry<State: Aggregate>: Sendable {
    typealias Decide = @Sendable (inout State, Context<State>) throws(Refusal) -> [Effect]

    /// The parsed data of a message: its requirements and its decision.
    struct Prepared: Sendable {
        let key: String?
        let permission: Permission?
        let isReading: Bool
        let takesNumbers: Bool
        var readsSummary = false
        let weight: Int
        let sharedKeys: @Sendable (State.Environment, Principal) -> [String]
        let decide: Decide
    }

    private(set) var rules: [String: ReadingRule<Prepared>] = [:]
    private(set) var expected: [String: ExpectedType] = [:]

    /// Creates an empty registry.
    package init() {}

    /// Registers a handler.
    package mutating func add<H: Handler>(_ handler: H.Type) where H.State == State {
        precondition(rules[H.type] == nil, "two handlers for \(H.type)")
        expected[H.type] = ExpectedType(handler)
        rules[H.type] = ReadingRule(isAboutOneContact: H.isAboutOneContact, permission: H.permission) {
            (reader) throws(Refusal) in
            let handler = try H(reading: reader)
            return Prepared(
                key: handler.key, permission: H.permission, isReading: H.isReading, takesNumbers: H.takesNumbers,
                readsSummary: H.readsSummary, weight: handler.weight, sharedKeys: { handler.sharedKeys($0, for: $1) }
            ) { (state, context) throws(Refusal) in try handler.decide(&state, context) }
        }
    }

    /// The types and their exchanges.
    package var types: [(Exchange, type: String)] {
        expected.map { ($0.value.exchange, type: $0.key) }.sorted { $0.type < $1.type }
    }
}
