public import Logging
import Metrics
public import RabbitMQ

/// Back-off between attempts to reach the broker: from, to.
private let firstPause = Duration.milliseconds(50)
private let longestPause = Duration.seconds(5)
/// Connections lost before each message is published alone, to find the one that the broker dies of.
private let lossesTogether = 2
/// Connections of its own that a message may cost before it counts as the one.
private let lossesAlone = 3
/// The names of direct reply queues, which the broker decodes: it can die of one that it did not make.
private let directReply = "amq.rabbitmq.reply-to"

/// Publishes for a whole instance over one connection, and goes on until the broker has confirmed everything.
///
/// The name of a reply's queue comes from the asker. A reply that no queue takes, or of which the broker closes the
/// connection, is dropped after a bounded number of attempts; the messages beside it go out (X5).
public actor Publisher {
    private let address: BrokerAddress
    private let name: String
    private let log: Logger
    private var connection: Connection?
    private var opening: Task<Connection, any Error>?
    /// One suspected message at a time has a connection of its own, so that a loss can be blamed on it.
    private let alone = FairSemaphore(1)

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
        var losses = 0
        while !rest.isEmpty {
            if Task.isCancelled { throw CancellationError() }
            var wasOpen = false
            do {
                let connection = try await current()
                wasOpen = true
                let outcomes = try await connection.publish(Array(rest))
                guard let failed = firstToRepeat(outcomes, of: rest) else { return }
                if failed > rest.startIndex { pause = firstPause }
                rest = rest[failed...]
            } catch let error as BrokerError where error.kind == .invalidMessage {
                drop(rest.filter { !$0.isPublishable })
                rest = rest.filter(\.isPublishable)[...]
                continue
            } catch {
                log.warning("publishing failed; trying again", metadata: ["error": "\(error)"])
                discard()
                if wasOpen { losses += 1 }
            }
            if losses == 1, rest.contains(where: \.isSuspect) {
                let suspects = rest.filter(\.isSuspect)
                rest = rest.filter { !$0.isSuspect }[...]
                // What is harmless goes first; it waits for nobody's name.
                if !rest.isEmpty { try await publish(Array(rest)) }
                try await publishEachAlone(suspects)
                return
            }
            if losses >= lossesTogether {
                try await publishEachAlone(Array(rest))
                return
            }
            do { try await Task.sleep(for: pause) } catch { throw CancellationError() }
            pause = min(pause * 2, longestPause)
        }
    }

    /// Where to begin again, nil where nothing is left to do.
    private func firstToRepeat(
        _ outcomes: [PublishOutcome], of messages: ArraySlice<OutgoingMessage>
    ) -> Int? {
        for (outcome, index) in zip(outcomes, messages.indices) where outcome != .confirmed {
            let message = messages[index]
            Counter(label: "assent_publish_failures_total", dimensions: [("outcome", "\(outcome)")]).increment()
            if message.mandatory || message.exchange == Exchange.internal.rawValue && outcome == .rejected {
                log.warning("the broker did not take a message; trying again", metadata: ["outcome": "\(outcome)"])
                return index
            }
        }
        // A reply that is not taken is dropped, as one without a reader is.
        return nil
    }

    private func publishEachAlone(_ messages: [OutgoingMessage]) async throws(CancellationError) {
        for message in messages {
            let turn = await alone.acquire()
            defer { turn.release() }
            try await publishAlone(message)
        }
    }

    /// Over a connection that nothing else uses: a message of which the broker closes it three times is dropped. One of
    /// the suite's own is tried for ever, for something waits for it.
    private func publishAlone(_ message: OutgoingMessage) async throws(CancellationError) {
        var losses = 0
        var pause = firstPause
        while losses < (message.isSuspect ? 1 : lossesAlone) || message.exchange == Exchange.internal.rawValue {
            if Task.isCancelled { throw CancellationError() }
            do {
                let connection = try await Connection.open(address, name: name + "-alone")
                do {
                    let outcome = try await connection.publish([message])
                    await connection.close()
                    if firstToRepeat(outcome, of: [message]) == nil { return }
                } catch {
                    await connection.close()
                    losses += 1
                }
            } catch {
                log.warning("the broker is not reached; trying again", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: pause) } catch { throw CancellationError() }
            pause = min(pause * 2, longestPause)
        }
        drop([message])
    }

    private func drop(_ messages: [OutgoingMessage]) {
        guard !messages.isEmpty else { return }
        Counter(label: "assent_publish_dropped_total").increment(by: messages.count)
        log.error(
            "a message was dropped: the broker cannot take it",
            metadata: ["count": "\(messages.count)", "isReply": "\(messages.allSatisfy(\.exchange.isEmpty))"])
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

extension OutgoingMessage {
    /// A reply to a name that its asker may have made up.
    fileprivate var isSuspect: Bool { exchange.isEmpty && routingKey.hasPrefix(directReply) }
}
