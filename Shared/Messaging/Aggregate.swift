package import Models

/// The state that a service keeps of one contact.
package protocol Aggregate: Sendable, Equatable {
    /// The settings and keys that the handlers need besides the message.
    associatedtype Environment: Sendable
    /// A value that several contacts share, such as an address (O7). `Never` if contacts share nothing.
    associatedtype Shared: Sendable, Equatable = Never
    /// The partition's counter for numbered records and the records that this batch has numbered.
    ///
    /// The entries of a ledger are such records. `Never` if nothing is numbered.
    associatedtype Numbering: Sendable, Equatable = Never
    /// The initial state: nothing is known of the contact.
    static var unknown: Self { get }
    /// The keys of the shared values that the contact refers to.
    var sharedKeys: [String] { get }
    /// The shared values under `sharedKeys` and under the message's keys, set only during a decision. The batch saves
    /// the changes.
    var shared: [String: Shared] { get set }
    /// The partition's numbering, set only during a decision of a handler with `takesNumbers`. The batch saves the
    /// changes.
    var numbering: Numbering? { get set }
    /// Applies a change of a shared value to this contact. The batch calls it before each decision.
    mutating func catchUp(_ context: Context<Self>) -> [Effect]
    /// Adds what follows from the effects of an accepted message, such as the actions of workflows (C6). The batch
    /// carries out the returned effects.
    mutating func conclude(_ effects: [Effect], _ context: Context<Self>) -> [Effect]
    /// Handles a repeated request that took effect but has no reply yet. If the request waits for another service, its
    /// repetition waits for the same reply.
    mutating func hearAgain(_ request: KeptRequest)
    /// Notes that facts about the contact are published with numbers up to `number`. Numbers of later facts are higher.
    mutating func factsLeave(upTo number: Int64, in epoch: Int64)
}

extension Aggregate {
    /// Default: no effects.
    package mutating func catchUp(_ context: Context<Self>) -> [Effect] { [] }
    /// Default: nothing follows.
    package mutating func conclude(_ effects: [Effect], _ context: Context<Self>) -> [Effect] { effects }
    /// Default: does nothing.
    package mutating func hearAgain(_ request: KeptRequest) {}
    /// Default: does nothing.
    package mutating func factsLeave(upTo number: Int64, in epoch: Int64) {}
}

extension Aggregate where Shared == Never {
    /// No shared keys.
    package var sharedKeys: [String] { [] }
    /// No shared values.
    package var shared: [String: Never] {
        get { [:] }
        set {}
    }
}

extension Aggregate where Numbering == Never {
    /// No numbering.
    package var numbering: Never? {
        get { nil }
        set {}
    }
}
