/// Why a call to the broker failed. Carries no password, no message body and no header.
package struct BrokerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure, by which callers decide.
    package enum Kind: Sendable, Hashable {
        /// The address is no AMQP address.
        case invalidAddress
        /// A message does not fit into AMQP frames: a name over 255 bytes, headers or body over the limit. Or a
        /// request has the correlation id of one under way.
        case invalidMessage
        /// No connection could be made, the TLS handshake included.
        case unreachable
        /// The broker's certificate is not for this host.
        case untrusted
        /// The broker closed the channel or the connection with this reply code (403, 404, 405, 406, 530 …).
        case refused(code: Int)
        /// The connection broke, or the broker ended it on an operator's order (code 320).
        case lost
        /// The broker cancelled the consumer: its queue is gone.
        case consumerCancelled
        /// This side closed the connection, or the waiting task was cancelled.
        case closed
        /// No answer in time; the broker may have carried out the call.
        case timedOut
        /// A request reached no queue.
        case unroutable
        /// The broker did not take a request: its queue is full.
        case rejected
    }

    /// The kind of failure.
    package let kind: Kind
    /// The operation that failed, with the broker's or the library's words.
    package let reason: String

    /// Makes an error; `reason` must hold nothing secret.
    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    /// Whether a retry on a new connection may succeed without any other change.
    package var isRetriable: Bool {
        switch kind {
        case .unreachable, .lost, .consumerCancelled, .timedOut, .rejected, .unroutable: true
        // 404 also stands for a queue whose node is down, 405 for a lock that goes away, 541 for a broken node.
        case .refused(let code): [311, 313, 404, 405, 506, 541].contains(code)
        case .invalidAddress, .invalidMessage, .untrusted, .closed: false
        }
    }

    /// Kind and reason in one line.
    package var description: String { "\(kind): \(reason)" }
}
