package import ErasureDomain
import Messaging

/// The handlers need nothing besides the message.
package struct ErasureEnvironment: Sendable {}

extension ErasureContact: Aggregate {
    /// Nothing.
    package typealias Environment = ErasureEnvironment
}
