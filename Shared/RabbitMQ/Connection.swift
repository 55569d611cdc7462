import Glibc
import Synchronization

/// What a consumer keeps in memory at most.
public struct ConsumerLimits: Sendable {
    /// Of bodies and headers delivered and not acknowledged: with more in hand the consumer does not read its socket
    /// until some are acknowledged. One message more is always read to its end. The broker closes a connection to which
    /// it cannot write for 30 s, unless `tcp_listen_options.send_timeout` says otherwise.
    public let heldBytes: Int
    /// Of one body: a longer one is read past, and its delivery has an empty body.
    public let bodyBytes: Int

    /// No limits but the broker's.
    public static let none = ConsumerLimits(heldBytes: .max, bodyBytes: .max)

    /// Limits.
    public init(heldBytes: Int, bodyBytes: Int) {
        self.heldBytes = heldBytes
        self.bodyBytes = bodyBytes
    }
}

/// A connection to the broker with one channel, on a thread of its own. Nothing here blocks the calling task's thread.
///
/// A connection that broke or was refused something stays unusable: open a new one. Deliveries that were not
/// acknowledged then come again, messages whose `publish` threw are to be published again with the same message id.
/// Publish and consume on different connections: the broker stops reading from publishers when it is short of memory.
///
/// ### Legal transitions
/// open → closed (`close`), open → lost or refused (by the broker, an operator, the network)
public final class Connection: Sendable {
    private let shared: SharedState

    private init(_ shared: SharedState) { self.shared = shared }

    /// Messages on their way to a broker, unless more are asked for.
    public static let standardWindow = PublishWindow.standardCapacity

    /// Ends the thread too when nobody closed the connection.
    deinit { shared.abandon() }

    /// Connects and logs in, in half a minute at most. `name` is what operators see: `service/version/host/pid/role`.
    /// `window` messages are published and not yet confirmed at most.
    public static func open(
        _ address: BrokerAddress, name: String, window: UInt64 = standardWindow
    ) async throws(BrokerError) -> Connection {
        let shared = SharedState(mailbox: try Mailbox(), window: window)
        let result = await withCheckedContinuation { opened in
            shared.start(address, name: name, opened: opened)
        }
        try result.get()
        return Connection(shared)
    }

    /// Declares exchanges, queues and bindings in this order. What is there with other arguments is refused (406).
    public func declare(_ declarations: [Declaration]) async throws(BrokerError) {
        try await call { .declare(declarations, $0) }
    }

    /// Whether a queue is there, without changing anything. Before `consume` and `publish` only.
    public func hasQueue(_ name: String) async throws(BrokerError) -> Bool {
        try await call { .hasQueue(name, $0) }
    }

    /// Starts to take from a queue, at most `prefetch` unacknowledged deliveries at a time. A smaller prefetch than
    /// the consumer before it had can change the order of what comes again.
    ///
    /// A connection that reached the limit of held bytes reads nothing, confirms neither: do not publish on it.
    public func consume(
        queue: String, prefetch: UInt16, noAck: Bool = false, exclusive: Bool = false, limits: ConsumerLimits = .none
    ) async throws(BrokerError) {
        let subscription = Subscription(
            queue: queue, prefetch: prefetch, noAck: noAck, exclusive: exclusive, limits: limits)
        try await call { .consume(subscription, $0) }
    }

    /// All deliveries that have arrived, in order, up to `atMost`; waits for the first one only. One caller at a time.
    ///
    /// Error: what ended the connection, at once and without what had arrived; `.closed` when the task is cancelled,
    /// and then nothing is lost: the next caller gets it.
    public func deliveries(atMost: Int) async throws(BrokerError) -> [Delivery] {
        try await shared.inbox.take(atMost: max(1, atMost)).get()
    }

    /// What has arrived, in order, up to `atMost`, without waiting: nothing once the connection has ended.
    public func arrivedDeliveries(atMost: Int) -> [Delivery] {
        shared.inbox.takeArrived(atMost: atMost)
    }

    /// Acknowledges all deliveries up to and including this one. Does not wait; what does not reach the broker comes
    /// again. Calls that follow each other become one `basic.ack`.
    public func acknowledge(through tag: UInt64) {
        shared.mailbox.acknowledge(through: tag)
    }

    /// Acknowledges this delivery alone, where order does not matter. Each delivery once, and on one connection never
    /// beside `acknowledge(through:)`: the broker closes a channel that acknowledges twice.
    public func acknowledge(only tag: UInt64) {
        shared.mailbox.acknowledge(only: tag)
    }

    /// Asks for publisher confirms now instead of with the first `publish`.
    public func enableConfirms() async throws(BrokerError) {
        try await call { .enableConfirms($0) }
    }

    /// Publishes in order and returns when the broker has settled every one, with an outcome for each. Any number of
    /// tasks may call at a time; 256 messages are on their way at most, so that large batches pipeline.
    ///
    /// Returned messages without message id are told apart by exchange, key, body and order. Waits while the broker
    /// is blocked; after 60 s without any confirm the connection fails with `.timedOut`. On an error all messages of
    /// the call may or may not have been taken.
    public func publish(_ messages: [OutgoingMessage]) async throws(BrokerError) -> [PublishOutcome] {
        for message in messages { try message.validate() }
        guard !messages.isEmpty else { return [] }
        return try await call { answer in .publish(PublishCall(messages) { answer.resume(returning: $0) }) }
    }

    /// As `publish`, and returns at once: calls leave in their order, and `settled` is called on the connection's
    /// thread.
    public func post(
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
    public func get(queue: String) async throws(BrokerError) -> Delivery? {
        try await call { .get(queue: queue, $0) }
    }

    /// Sends the acknowledgements, then closes. Unacknowledged deliveries return to their queue in order; `publish`
    /// calls still waiting fail with `.closed`. Takes 10 s at most. Idempotent.
    public func close() async {
        let guardian = Task { [shared] in
            do { try await Task.sleep(for: SharedState.closeLimit) } catch { return }
            shared.mailbox.breakSocket()
        }
        await withCheckedContinuation { shared.mailbox.post(.close($0)) }
        guardian.cancel()
    }

    /// Whether the broker said that it takes no messages now, for want of memory or disk.
    public var isBlocked: Bool { shared.isBlocked.load(ordering: .relaxed) }

    /// Whether the connection is up as far as this side knows.
    public var isOpen: Bool { shared.mailbox.failure == nil }

    private func call<Value: Sendable>(
        _ command: (Command.Answer<Value>) -> Command
    ) async throws(BrokerError) -> Value {
        let result = await withCheckedContinuation { shared.mailbox.post(command($0)) }
        return try result.get()
    }
}
