/// Bytes of a pointer, and of a message: names in them come from whoever sent the message.
private let longestPointer = 512
private let longestMessage = 2048

/// An answer that says no: what was asked is understood and not done, or not understood (contract section 1).
///
/// A refusal is final for its message; a failure of ours is another thing and is tried again or reported as `failed`.
public struct Refusal: Error, Sendable, Hashable {
    /// The contract's codes.
    public enum Code: String, Sendable, CaseIterable {
        case malformed
        case invalidField = "invalid-field"
        case unknownContact = "unknown-contact"
        case notPermitted = "not-permitted"
        case locked
        case optedOut = "opted-out"
        case conflict
        case notFound = "not-found"
        case expired
        case onHold = "on-hold"
        case erased
        case tooLarge = "too-large"
        case tooMany = "too-many"
        case failed
        case unavailable
    }

    /// What clients branch on.
    public let code: Code
    /// For the developer who reads it: constant text and names of the contract or the configuration, never a value.
    public let message: String
    /// Where in the message (RFC 6901), such as `/data/email`.
    public let pointer: String?
    /// The message's body must not be kept in a dead letter: it may hold a sensitive value in the clear (section 2).
    public let dropsBody: Bool

    /// A refusal.
    public init(_ code: Code, _ message: String, at pointer: String? = nil, dropsBody: Bool = false) {
        self.code = code
        self.message = message.cut(toBytes: longestMessage)
        self.pointer = pointer?.cut(toBytes: longestPointer)
        self.dropsBody = dropsBody
    }

    /// The member `error` of an error reply.
    public var json: JSON {
        JSON(present: [
            "code": .string(code.rawValue), "message": .string(message), "pointer": .text(pointer),
        ])
    }
}
