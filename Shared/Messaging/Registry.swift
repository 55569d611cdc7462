import Models
import Settings

/// The handlers of a service, by type.
public struct Registry<State: Aggregate>: Sendable {
    typealias Decide = @Sendable (inout State, Context<State>) throws(Refusal) -> [Effect]

    /// A message's data, read: what it needs and what it would decide.
    struct Prepared: Sendable {
        let key: String?
        let permission: Permission?
        let weight: Int
        let sharedKeys: @Sendable (State.Environment, Principal) -> [String]
        let decide: Decide
    }

    struct Entry: Sendable {
        let isReading: Bool
        let isAboutOneContact: Bool
        let permission: Permission?
        let prepare: @Sendable (Reader) throws(Refusal) -> Prepared
    }

    private(set) var entries: [String: Entry] = [:]
    private(set) var expected: [String: ExpectedType] = [:]

    /// No handler yet.
    public init() {}

    /// Registers a handler.
    public mutating func add<H: Handler>(_ handler: H.Type) where H.State == State {
        precondition(entries[H.type] == nil, "two handlers for \(H.type)")
        expected[H.type] = ExpectedType(exchange: H.exchange, sender: H.sender, bodyLimit: H.bodyLimit)
        entries[H.type] = Entry(
            isReading: H.isReading, isAboutOneContact: H.isAboutOneContact, permission: H.permission
        ) { (reader) throws(Refusal) in
            let handler = try H(reading: reader)
            return Prepared(
                key: handler.key, permission: H.permission, weight: handler.weight,
                sharedKeys: { handler.sharedKeys($0, for: $1) }
            ) { (state, context) throws(Refusal) in try handler.decide(&state, context) }
        }
    }

    /// The types, with the exchange of each.
    public var types: [(Exchange, type: String)] {
        expected.map { ($0.value.exchange, type: $0.key) }.sorted { $0.type < $1.type }
    }
}
