public import Logging
import Metrics
public import RabbitMQ

/// Back-off between attempts to reach the broker: from, to.
private let firstPause = Duration.milliseconds(50)
private let longestPause = Duration.seconds(5)
/// Attempts at a fact that some queue rejects.
private let factAttempts = 3

/// Publishes for a whole instance over one connection, and goes on until the broker has confirmed everything.
public actor Publisher {
    private let address: BrokerAddress
    private let name: String
    private let log: Logger
    private var connection: Connection?
    private var opening: Task<Connection, any Error>?

    /// A publisher that connects when it is first needed.
    public init(_ address: BrokerAddress, name: String, log: Logger) {
        self.address = address
        self.name = name
        self.log = log
    }

    /// Publishes in order and returns when the broker has confirmed all; what is unconfirmed is sent again from the
    /// first such message on. Throws only when the task is cancelled.
    public func publish(_ messages: [OutgoingMessage]) async throws(CancellationError) {
        var rest = messages[...]
        var pause = firstPause
        var refusals: [String: Int] = [:]
        while !rest.isEmpty {
            if Task.isCancelled { throw CancellationError() }
            do {
                let outcomes = try await current().publish(Array(rest))
                guard let failed = firstToRepeat(outcomes, of: rest, &refusals) else { return }
                if failed > rest.startIndex { pause = firstPause }
                rest = rest[failed...]
            } catch let error as BrokerError where error.kind == .invalidMessage {
                // Nobody can publish these, so trying again would only stand in the way of the others.
                log.error("a message cannot be published and is dropped")
                rest = rest.filter(\.isPublishable)[...]
                continue
            } catch {
                log.warning("publishing failed", metadata: ["error": "\(error)"])
                discard()
            }
            do { try await Task.sleep(for: pause) } catch { throw CancellationError() }
            pause = min(pause * 2, longestPause)
        }
    }

    /// Where to begin again, nil where nothing is left to do.
    ///
    /// Whoever asks names the queue of the reply, and anybody may bind a queue to the facts: one that is full and
    /// rejects must not stop this service. So a reply that is not taken is dropped, as one without a reader is, and a
    /// fact is tried a few times: the other queues have it already.
    private func firstToRepeat(
        _ outcomes: [PublishOutcome], of messages: ArraySlice<OutgoingMessage>, _ refusals: inout [String: Int]
    ) -> Int? {
        for (outcome, index) in zip(outcomes, messages.indices) where outcome != .confirmed {
            let message = messages[index]
            Counter(label: "assent_publish_failures_total", dimensions: [("outcome", "\(outcome)")]).increment()
            if message.mandatory {
                log.warning("the broker did not take a message", metadata: ["outcome": "\(outcome)"])
                return index
            }
            if message.exchange.isEmpty { continue }
            refusals[message.properties.messageID ?? "", default: 0] += 1
            if refusals[message.properties.messageID ?? "", default: 0] < factAttempts { return index }
            log.warning("a queue that is bound to the facts rejects them")
        }
        return nil
    }

    /// Whether the broker is reached and takes messages.
    public var isReady: Bool { connection.map { $0.isOpen && !$0.isBlocked } ?? false }

    /// Opens the connection ahead of the first message.
    public func connect() async throws { _ = try await current() }

    /// Closes the connection; a later publish opens another.
    public func close() async {
        await connection?.close()
        connection = nil
    }

    private func current() async throws -> Connection {
        if let connection, connection.isOpen { return connection }
        if let opening { return try await opening.value }
        let task = Task { [address, name] in
            let connection = try await Connection.open(address, name: name)
            try await connection.enableConfirms()
            return connection
        }
        opening = task
        defer { opening = nil }
        let opened = try await task.value
        connection = opened
        return opened
    }

    private func discard() {
        guard let connection, !connection.isOpen else { return }
        self.connection = nil
    }
}
