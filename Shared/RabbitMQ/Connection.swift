import Glibc
import Synchronization

/// The memory limits of a consumer.
package struct ConsumerLimits: Sendable {
    /// Bytes of bodies and headers that are delivered and not acknowledged. Beyond it the consumer stops reading its
    /// socket until some are acknowledged; a message that has begun is read to its end. The broker closes a connection
    /// to which it cannot write for 30 s, unless `tcp_listen_options.send_timeout` says otherwise.
    package let heldBytes: Int
    /// Bytes of one body: a longer one is skipped, and its delivery has an empty body.
    package let bodyBytes: Int

    /// No limits but the broker's.
    package static let none = ConsumerLimits(heldBytes: .max, bodyBytes: .max)

    /// Limits.
    package init(heldBytes: Int, bodyBytes: Int) {
        self.heldBytes = heldBytes
        self.bodyBytes = bodyBytes
    }
}

/// A connection to the broker with one channel, on a thread of its own. Nothing here blocks the calling task's thread.
///
/// A connection that broke, or got an error from the broker, stays unusable: open a new one. Unacknowledged deliveries
/// are then redelivered; messages whose `publish` threw are to be published again with the same message id. Publish and
/// consume on different connections: the broker stops reading from publishers when it is short of memory.
///
/// ### Legal transitions
/// open → closed (`close`), open → lost or refused (by the broker, an operator, the network)
package final class Connection: Sendable {
    private let shared: SharedState

    private init(_ shared: SharedState) { self.shared = shared }

    /// The default number of messages that may be published and not yet confirmed.
    package static let standardWindow = PublishWindow.standardCapacity

    /// Ends the thread even where the connection was not closed.
    deinit { shared.abandon() }

    /// Connects and logs in, in half a minute at most. Operators see `name`: `service/version/host/pid/role`. `window`
    /// messages are published and not yet confirmed at most.
    package static func open(
        _ address: BrokerAddress, name: String, window: UInt64 = standardWindow
    ) async throws(BrokerError) -> Connection {
        let shared = SharedState(mailbox: try Mailbox(), window: window)
        let result = await withCheckedContinuation { opened in
            shared.start(address, name: name, opened: opened)
        }
        try result.get()
        return Connection(shared)
    }

    /// Declares exchanges, queues and bindings in this order. An object that exists with other arguments is refused
    /// (406).
    package func declare(_ declarations: [Declaration]) async throws(BrokerError) {
        try await call { .declare(declarations, $0) }
    }

    /// Whether a queue exists, without changing anything. Only before `consume` and `publish`.
    package func hasQueue(_ name: String) async throws(BrokerError) -> Bool {
        try await call { .hasQueue(name, $0) }
    }

    /// Starts to take from a queue, at most `prefetch` unacknowledged deliveries at a time. A smaller prefetch than the
    /// previous consumer's can change the order of redeliveries.
    ///
    /// A connection that reached the limit of held bytes reads nothing, not even confirms: do not publish on it.
    package func consume(
        queue: String, prefetch: UInt16, noAck: Bool = false, exclusive: Bool = false, limits: ConsumerLimits = .none
    ) async throws(BrokerError) {
        let subscription = Subscription(
            queue: queue, prefetch: prefetch, noAck: noAck, exclusive: exclusive, limits: limits)
        try await call { .consume(subscription, $0) }
    }

    /// All deliveries that have arrived, in order, up to `atMost`; waits for the first one only. One caller at a time.
    ///
    /// Error: the one that ended the connection, at once, and deliveries that had arrived are dropped; or `.closed`
    /// when the task is cancelled, and the next caller gets the deliveries.
    package func deliveries(atMost: Int) async throws(BrokerError) -> [Delivery] {
        try await shared.inbox.take(atMost: max(1, atMost)).get()
    }

    /// The deliveries that have arrived, in order, up to `atMost`, without waiting: none once the connection has ended.
    package func arrivedDeliveries(atMost: Int) -> [Delivery] {
        shared.inbox.takeArrived(atMost: atMost)
    }

    /// Acknowledges all deliveries up to and including this one. Does not wait; if it does not reach the broker, the
    /// deliveries are redelivered. Calls that follow each other become one `basic.ack`.
    package func acknowledge(through tag: UInt64) {
        shared.mailbox.acknowledge(through: tag)
    }

    /// Acknowledges this delivery alone, where order does not matter. Each delivery once, and on one connection never
    /// beside `acknowledge(through:)`: the broker closes a channel that acknowledges twice.
    package func acknowledge(only tag: UInt64) {
        shared.mailbox.acknowledge(only: tag)
    }

    /// Asks for publisher confirms now instead of with the first `publish`.
    package func enableConfirms() async throws(BrokerError) {
        try await call { .enableConfirms($0) }
    }

    /// Publishes in order and returns when the broker has settled every one, with an outcome for each. Any number of
    /// tasks may call at a time; large batches are pipelined, within the window given to `open`.
    ///
    /// Returned messages without message id are told apart by exchange, key, body and order. Waits while the broker is
    /// blocked; after 60 s without any confirm the connection fails with `.timedOut`. After an error, the broker may
    /// have taken any of the call's messages.
    package func publish(_ messages: [OutgoingMessage]) async throws(BrokerError) -> [PublishOutcome] {
        for message in messages { try message.validate() }
        guard !messages.isEmpty else { return [] }
        return try await call { answer in .publish(PublishCall(messages) { answer.resume(returning: $0) }) }
    }

    /// As `publish`, but returns at once: messages are sent in the order of the calls, and `settled` is called on the
    /// connection's thread.
    package func post(
        _ messages: [OutgoingMessage], settled: @escaping @Sendable (Result<[PublishOutcome], BrokerError>) -> Void
    ) {
        do throws(BrokerError) {
            for message in messages { try message.validate() }
        } catch {
            settled(.failure(error))
            return
        }
        guard !messages.isEmpty else { return settled(.success([])) }
        shared.mailbox.post(.publish(PublishCall(messages, answer: settled)))
    }

    /// Takes one message from a queue (`basic.get`), or nothing when it is empty. It stays unacknowledged.
    package func get(queue: String) async throws(BrokerError) -> Delivery? {
        try await call { .get(queue: queue, $0) }
    }

    /// Sends the acknowledgements, then closes. Unacknowledged deliveries return to their queue in order; `publish`
    /// calls still waiting fail with `.closed`. Takes 10 s at most. Idempotent.
    package func close() async {
        let guardian = Task { [shared] in
            do { try await Task.sleep(for: SharedState.closeLimit) } catch { return }
            shared.mailbox.breakSocket()
        }
        await withCheckedContinuation { shared.mailbox.post(.close($0)) }
        guardian.cancel()
    }

    /// Whether the broker has blocked publishing (`connection.blocked`), for lack of memory or disk.
    package var isBlocked: Bool { shared.isBlocked.load(ordering: .relaxed) }

    /// Whether the connection is up as far as this side knows.
    package var isOpen: Bool { shared.mailbox.failure == nil }

    private func call<Value: Sendable>(
        _ command: (Command.Answer<Value>) -> Command
    ) async throws(BrokerError) -> Value {
        let result = await withCheckedContinuation { shared.mailbox.post(command($0)) }
        return try result.get()
    }
}
