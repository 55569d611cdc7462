/// Bytes of a pointer, and of a message: both can contain names that the message's sender chose.
private let longestPointer = 512
private let longestMessage = 2048

/// The refusal of a message, which is either not understood or not carried out (contract section 1).
///
/// A refusal is final for its message; a failure of the service is no refusal, and is retried or reported as `failed`.
package struct Refusal: Error, Sendable, Hashable {
    /// The contract's codes.
    package enum Code: String, Sendable, CaseIterable {
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

    /// The code by which clients tell refusals apart.
    package let code: Code
    /// A text for developers: constant words and names of the contract or the configuration, never a value.
    package let message: String
    /// The mistake's place in the message (RFC 6901), such as `/data/email`.
    package let pointer: String?
    /// Whether the message's body must not be kept in a dead letter: it may hold a sensitive value in the clear
    /// (section 2).
    package let dropsBody: Bool

    package init(_ code: Code, _ message: String, at pointer: String? = nil, dropsBody: Bool = false) {
        self.code = code
        self.message = message.cut(toBytes: longestMessage)
        self.pointer = pointer?.cut(toBytes: longestPointer)
        self.dropsBody = dropsBody
    }

    /// The member `error` of an error reply.
    package var json: JSON {
        JSON(present: [
            "code": .string(code.rawValue), "message": .string(message), "pointer": .text(pointer),
        ])
    }
}
