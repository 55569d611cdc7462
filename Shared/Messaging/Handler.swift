import Cryptography
public import FoundationEssentials
public import Models
public import PostgreSQL
public import Settings

/// What a service knows of one contact, as one value: its aggregate.
public protocol Aggregate: Sendable, Equatable {
    /// What its handlers need beside the message: settings, keys.
    associatedtype Environment: Sendable
    /// What several contacts have in common, such as an address (O7); `Never` where there is no such thing.
    associatedtype Shared: Sendable, Equatable = Never
    /// What is known of a contact of whom nothing is known.
    static var unknown: Self { get }
    /// Keys of what the contact has in common with others.
    var sharedKeys: [String] { get }
    /// During a decision, the values under `sharedKeys` and under the message's; what the decision leaves is kept.
    var shared: [String: Shared] { get set }
    /// What is to be made good before a message is decided on, since something in common changed meanwhile.
    mutating func catchUp(_ context: Context<Self>) -> [Effect]
    /// A request came again that took effect and is not answered yet: where it waits for another service, the
    /// repetition waits with it.
    mutating func hearAgain(_ request: KeptRequest)
    /// Facts about the contact leave with numbers up to this one; the next one's is higher.
    mutating func factsLeave(upTo number: Int64, in epoch: Int64)
}

extension Aggregate {
    /// Nothing.
    public mutating func catchUp(_ context: Context<Self>) -> [Effect] { [] }
    /// Nothing.
    public mutating func hearAgain(_ request: KeptRequest) {}
    /// Nothing.
    public mutating func factsLeave(upTo number: Int64, in epoch: Int64) {}
}

extension Aggregate where Shared == Never {
    /// None.
    public var sharedKeys: [String] { [] }
    /// None.
    public var shared: [String: Never] {
        get { [:] }
        set {}
    }
}

/// The decision on one type of message: one short file, and one line of registration in the service's `Main.swift`.
public protocol Handler<State>: Sendable {
    /// What it decides on.
    associatedtype State: Aggregate
    /// The message's type and routing key.
    static var type: String { get }
    /// Where the message is published.
    static var exchange: Exchange { get }
    /// On `internal` and `facts`: the one service that publishes it, by the `user_id` that the broker checks; nil: any.
    static var sender: SuiteService? { get }
    /// A reading request is answered afresh when it comes again, and changes nothing.
    static var isReading: Bool { get }
    /// The subject is a contact; false where the data names several or none, and any subject will do.
    static var isAboutOneContact: Bool { get }
    /// Bytes that the body may have.
    static var bodyLimit: Int { get }
    /// The permission without which it is refused; nil where none is needed (†).
    static var permission: Permission? { get }
    /// What deciding and saving it costs the processor beyond an ordinary message, in bytes of a body: a transaction
    /// takes fewer heavy messages, for it must not be idle for long while they are worked on.
    var weight: Int { get }
    /// The key of the state it decides on; nil: the message's subject.
    var key: String? { get }
    /// Keys of what contacts have in common that the decision looks at, beside the contact's own.
    func sharedKeys(_ environment: State.Environment) -> [String]
    /// The same where it matters who asks.
    func sharedKeys(_ environment: State.Environment, for principal: Principal) -> [String]
    /// Reads the event's `data`.
    init(reading data: Reader) throws(Refusal)
    /// Changes the state and says what follows; a refusal leaves the state as it was.
    func decide(_ state: inout State, _ context: Context<State>) throws(Refusal) -> [Effect]
}

extension Handler {
    /// Any.
    public static var sender: SuiteService? { nil }
    /// Changing.
    public static var isReading: Bool { false }
    /// About one contact.
    public static var isAboutOneContact: Bool { true }
    /// 256 KiB, or 1 MiB where the data names several contacts.
    public static var bodyLimit: Int { isAboutOneContact ? ordinaryBodyLimit : severalContactsBodyLimit }
    /// None.
    public static var permission: Permission? { nil }
    /// As its body.
    public var weight: Int { 0 }
    /// The subject.
    public var key: String? { nil }
    /// None.
    public func sharedKeys(_ environment: State.Environment) -> [String] { [] }
    /// Whoever asks.
    public func sharedKeys(_ environment: State.Environment, for principal: Principal) -> [String] {
        sharedKeys(environment)
    }
}

/// Everything beside state and data that a decision may look at.
public struct Context<State: Aggregate>: Sendable {
    /// Settings and keys of the service.
    public let environment: State.Environment
    /// The message that is decided on.
    public let message: Message
    /// One time for the whole batch.
    public let now: Timestamp
    /// The user in whose name it was asked, from a valid token.
    public let user: UserID?
    /// What the token says, for a handler that judges it itself since more follows from a refusal than an answer.
    public internal(set) var verdict = TokenVerdict.none(.missing)
    /// A number of this message's own, for an order that it places: it rises from message to message.
    public internal(set) var number: Int64 = 0
    /// The history that the database is writing (X5).
    public internal(set) var epoch: Int64 = 0
    /// The newest epochs of other services: what one said in an older epoch does not count.
    public internal(set) var peerEpochs: [SuiteService: Int64] = [:]

    /// Who asks.
    public var principal: Principal { Principal(user: user, account: message.account) }

    /// The message's subject as a contact's id.
    public var subject: String { message.event.subject }

    /// The message as one that is answered later, by `Effect.answerKept`.
    public var kept: KeptRequest { message.kept }

    /// The number and history of an order that is placed by this decision.
    public var stamp: OrderBook.Stamp { OrderBook.Stamp(number: number, epoch: epoch) }

    /// A new id for a row (version 7, 74 bits of it random).
    public func newID() -> UUID { .timeOrdered(at: now, random: Random.bytes(10)) }
}

/// What follows a decision. Effects leave in their order, after the commit.
public enum Effect: Sendable {
    /// A fact about the message's subject.
    case fact(String, JSON)
    /// A message to a service of the suite, about a contact.
    case order(String, subject: String, JSON)
    /// The reply's result, kept to answer a repetition: ids and statuses only.
    case answer(JSON)
    /// The reply to a withdrawal: leaves once no earlier permission can still be in use (X3).
    case answerAfterLeases(JSON)
    /// The reply's result to an earlier request about this contact, which the state kept; a repetition gets it from now
    /// on. To a withdrawal it leaves after the leases.
    case answerKept(KeptRequest, JSON, afterLeases: Bool)
    /// A reply that carries what must not be stored, or that reads more than the state: made after the commit,
    /// published once and forgotten.
    case answerLater(@Sendable () async throws -> JSON)
    /// As `answerLater`, but once: a repetition of the request gets `conflict`. What it throws as a refusal is the
    /// answer all the same, and what was decided with it stays.
    case answerOnce(@Sendable () async throws -> JSON)
    /// The request is a job: `data` says what is to be done, and its reply comes when the job is done. `afterLeases`:
    /// it acknowledges withdrawals (X3).
    case job(JSON, afterLeases: Bool = false)
    /// The message was one contact's of a job; the outcome is a word, and what was refused says why.
    case itemDone(job: UUID, number: Int, outcome: String)
    /// Another service remembers orders that this database does not: its last commits are gone, and a new epoch begins
    /// (X5).
    case beginEpoch
    /// A refusal from which something follows all the same: as a thrown one, but facts and orders beside it leave.
    /// No answer stands beside it.
    case refuse(Refusal)
}

/// A user's id, the claim `sub` of a token.
public struct UserID: Sendable, Hashable {
    /// The id's text.
    public let text: String
    /// A user's id.
    public init(_ text: String) { self.text = text }
}

/// A failure that would befall the next message too, such as a key that this instance lacks: it stops the partition
/// until it passes, and takes no message out.
public protocol Outage: Error {}

/// How a service loads and saves the states of the contacts in a batch: a fixed number of statements, whatever its
/// size.
public protocol AggregateStore<State>: Sendable {
    /// What is stored.
    associatedtype State: Aggregate
    /// Statements that read the states of `keys`.
    func loading(_ keys: [String]) -> [Statement]
    /// The states that the statements' rows hold; a key that is missing is `unknown`.
    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: State]
    /// Statements that save the changed states; called within the batch's transaction.
    func saving(_ changed: [(key: String, state: State)], at now: Timestamp) async throws -> [Statement]
    /// Statements that lock and read what the contacts `keys` have in common with others, and `sharedKeys`; they run
    /// behind `loading`, and lock in the keys' order.
    func loadingShared(of keys: [String], and sharedKeys: [String]) -> [Statement]
    /// The same where what is shared is the partition's, such as a number that rises in it.
    func loadingShared(of keys: [String], and sharedKeys: [String], in partition: Int) -> [Statement]
    /// The values that those statements' rows hold; a key that is missing has none yet.
    func shared(from rows: ArraySlice<Rows>) throws -> [String: State.Shared]
    /// Statements that save what changed of it.
    func savingShared(_ changed: [(key: String, value: State.Shared)]) throws -> [Statement]
    /// The same where it matters which keys had no value when they were read.
    func savingShared(_ changed: [(key: String, value: State.Shared)], missing: Set<String>) throws -> [Statement]
    /// A new history begins, because the database may have lost its last commits (X5): what is numbered by rows of this
    /// store gets the epoch behind its numbers. Called in a transaction that has locked all partitions.
    func beginHistory(_ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection) async throws
    /// The table whose unique key says (23505) that another partition's batch was quicker with what is shared, so that
    /// this one is decided again.
    static var sharedTable: String? { get }
}

extension AggregateStore {
    /// None.
    public func loadingShared(of keys: [String], and sharedKeys: [String]) -> [Statement] { [] }
    /// Whichever partition it is.
    public func loadingShared(of keys: [String], and sharedKeys: [String], in partition: Int) -> [Statement] {
        loadingShared(of: keys, and: sharedKeys)
    }
    /// None.
    public func shared(from rows: ArraySlice<Rows>) throws -> [String: State.Shared] { [:] }
    /// None.
    public func savingShared(_ changed: [(key: String, value: State.Shared)]) -> [Statement] { [] }
    /// Whichever were missing.
    public func savingShared(
        _ changed: [(key: String, value: State.Shared)], missing: Set<String>
    ) throws -> [Statement] {
        changed.isEmpty ? [] : try savingShared(changed)
    }
    /// Nothing is numbered.
    public func beginHistory(
        _ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection
    ) async throws {}
    /// None.
    public static var sharedTable: String? { nil }
}
