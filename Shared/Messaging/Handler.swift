package import Models
package import Settings

/// The common part of `Handler` and `QueryHandler`: the message type that is handled and its permitted senders.
package protocol MessageHandler: Sendable {
    /// The message's type and routing key.
    static var type: String { get }
    /// The exchange to which the message is published.
    static var exchange: Exchange { get }
    /// The only service that may publish the message on `internal` or `facts`; nil: any. The broker checks `user_id`.
    static var sender: SuiteService? { get }
    /// Bytes of the body at most.
    static var bodyLimit: Int { get }
    /// The permission that the user's token must have (†); nil if none is needed.
    static var permission: Permission? { get }
    /// Parses the event's `data`.
    init(reading data: Reader) throws(Refusal)
}

extension MessageHandler {
    /// Default: any sender.
    package static var sender: SuiteService? { nil }
    /// Default: no permission is needed.
    package static var permission: Permission? { nil }
}

/// Decides one type of message: one short file per type, and one line of registration in the service's `Main.swift`.
package protocol Handler<State>: MessageHandler {
    /// The state that the handler reads and changes.
    associatedtype State: Aggregate
    /// Whether the request only reads. A repetition of a reading request is decided again.
    static var isReading: Bool { get }
    /// Whether the subject must be a contact id. False if the data names several contacts or none.
    static var isAboutOneContact: Bool { get }
    /// Whether the decision gives out numbers: the state then has the partition's `numbering`.
    static var takesNumbers: Bool { get }
    /// Whether the decision reads the state's summary alone (`AggregateStore.loadingSummaries`). What it changes of the
    /// state is not saved.
    static var readsSummary: Bool { get }
    /// The processing cost beyond that of an ordinary message, as a number of body bytes. A transaction takes fewer
    /// heavy messages, because the server ends a transaction that is idle for too long.
    var weight: Int { get }
    /// The key of the state to load; nil: the message's subject.
    var key: String? { get }
    /// The keys of shared values that the decision needs besides `Aggregate.sharedKeys`.
    func sharedKeys(_ environment: State.Environment, for principal: Principal) -> [String]
    /// Changes the state and returns the effects. A thrown refusal leaves the state unchanged.
    func decide(_ state: inout State, _ context: Context<State>) throws(Refusal) -> [Effect]
}

extension Handler {
    /// Default: the request changes the state.
    package static var isReading: Bool { false }
    /// Default: the subject is a contact id.
    package static var isAboutOneContact: Bool { true }
    /// Default: no numbers.
    package static var takesNumbers: Bool { false }
    /// Default: the whole state.
    package static var readsSummary: Bool { false }
    /// Default: 256 KiB, or 1 MiB if the data names several contacts.
    package static var bodyLimit: Int { isAboutOneContact ? ordinaryBodyLimit : severalContactsBodyLimit }
    /// Default: no extra cost.
    package var weight: Int { 0 }
    /// Default: the subject.
    package var key: String? { nil }
    /// Default: no further keys.
    package func sharedKeys(_ environment: State.Environment, for principal: Principal) -> [String] { [] }
}
