public import Models
public import Settings

/// What the handler of a batch's message and that of a question have in common: which message they take, and from whom.
public protocol MessageHandler: Sendable {
    /// The message's type and routing key.
    static var type: String { get }
    /// Where the message is published.
    static var exchange: Exchange { get }
    /// On `internal` and `facts`: the one service that publishes it, by the `user_id` that the broker checks; nil: any.
    static var sender: SuiteService? { get }
    /// Bytes that the body may have.
    static var bodyLimit: Int { get }
    /// The permission without which it is refused; nil where none is needed (†).
    static var permission: Permission? { get }
    /// Reads the event's `data`.
    init(reading data: Reader) throws(Refusal)
}

extension MessageHandler {
    /// Any.
    public static var sender: SuiteService? { nil }
    /// None.
    public static var permission: Permission? { nil }
}

/// The decision on one type of message: one short file, and one line of registration in the service's `Main.swift`.
public protocol Handler<State>: MessageHandler {
    /// What it decides on.
    associatedtype State: Aggregate
    /// A reading request is answered afresh when it comes again, and changes nothing.
    static var isReading: Bool { get }
    /// The subject is a contact; false where the data names several or none, and any subject will do.
    static var isAboutOneContact: Bool { get }
    /// It numbers something: the state has the partition's `numbering` during the decision.
    static var takesNumbers: Bool { get }
    /// What deciding and saving it costs the processor beyond an ordinary message, in bytes of a body: a transaction
    /// takes fewer heavy messages, for it must not be idle for long while they are worked on.
    var weight: Int { get }
    /// The key of the state it decides on; nil: the message's subject.
    var key: String? { get }
    /// Keys of what contacts have in common that the decision looks at, beside the contact's own.
    func sharedKeys(_ environment: State.Environment, for principal: Principal) -> [String]
    /// Changes the state and says what follows; a refusal leaves the state as it was.
    func decide(_ state: inout State, _ context: Context<State>) throws(Refusal) -> [Effect]
}

extension Handler {
    /// Changing.
    public static var isReading: Bool { false }
    /// About one contact.
    public static var isAboutOneContact: Bool { true }
    /// Numbers nothing.
    public static var takesNumbers: Bool { false }
    /// 256 KiB, or 1 MiB where the data names several contacts.
    public static var bodyLimit: Int { isAboutOneContact ? ordinaryBodyLimit : severalContactsBodyLimit }
    /// As its body.
    public var weight: Int { 0 }
    /// The subject.
    public var key: String? { nil }
    /// None.
    public func sharedKeys(_ environment: State.Environment, for principal: Principal) -> [String] { [] }
}
