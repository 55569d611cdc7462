public import Models

/// What a service knows of one contact, as one value: its aggregate.
public protocol Aggregate: Sendable, Equatable {
    /// What its handlers need beside the message: settings, keys.
    associatedtype Environment: Sendable
    /// What several contacts have in common, such as an address (O7); `Never` where there is no such thing.
    associatedtype Shared: Sendable, Equatable = Never
    /// The partition's next number, and what this batch gave numbers to, such as a ledger's entries; `Never` where
    /// nothing is numbered.
    associatedtype Numbering: Sendable, Equatable = Never
    /// What is known of a contact of whom nothing is known.
    static var unknown: Self { get }
    /// Keys of what the contact has in common with others.
    var sharedKeys: [String] { get }
    /// During a decision, the values under `sharedKeys` and under the message's; what the decision leaves is kept.
    var shared: [String: Shared] { get set }
    /// During a decision of a handler that `takesNumbers`; what the decision leaves is kept.
    var numbering: Numbering? { get set }
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

extension Aggregate where Numbering == Never {
    /// None.
    public var numbering: Never? {
        get { nil }
        set {}
    }
}
