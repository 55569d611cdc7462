package import Logging
import Metrics
package import RabbitMQ

/// Back-off between attempts to reach the broker: first and longest pause.
private let firstPause = Duration.milliseconds(50)
private let longestPause = Duration.seconds(5)
/// Lost connections after which each message is published alone. This finds the message over which the broker closes
/// the connection.
private let lossesTogether = 2
/// Connections of its own that a message may lose before it is dropped.
private let lossesAlone = 3
/// The prefix of direct reply-to queue names. The broker decodes these names and closes the connection over one that it
/// did not generate.
private let directReply = "amq.rabbitmq.reply-to"

/// Publishes for a whole instance over one connection and retries until the broker has confirmed everything.
///
/// The queue name of a reply comes from the asker. A reply that no queue takes, or over which the broker closes the
/// connection, is dropped after a bounded number of attempts, while the messages beside it are published (X5).
package actor Publisher {
    private let address: BrokerAddress
    private let name: String
    private let log: Logger
    private var connection: Connection?
    private var opening: Task<Connection, any Error>?
    /// Serialises the messages that are published alone, so that a lost connection can be attributed to one message.
    private let alone = FairSemaphore(1)

    /// Creates a publisher that connects on first use.
    package init(_ address: BrokerAddress, name: String, log: Logger) {
        self.address = address
        self.name = name
        self.log = log
    }

    /// Publishes in order and returns when the broker has confirmed all. On a failure it publishes again, from the
    /// first unconfirmed message on. Throws only if the task is cancelled.
    package func publish(_ messages: [OutgoingMessage]) async throws(CancellationError) {
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
                log.warning("publishing failed; retrying in 5 s at most", metadata: ["error": "\(error)"])
                discard()
                if wasOpen { losses += 1 }
            }
            if losses == 1, rest.contains(where: \.isSuspect) {
                let suspects = rest.filter(\.isSuspect)
                rest = rest.filter { !$0.isSuspect }[...]
                // The other messages go first, so that they do not wait for the suspects.
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

    /// Returns the index of the first message to publish again; nil if there is none.
    private func firstToRepeat(
        _ outcomes: [PublishOutcome], of messages: ArraySlice<OutgoingMessage>
    ) -> Int? {
        for (outcome, index) in zip(outcomes, messages.indices) where outcome != .confirmed {
            let message = messages[index]
            Counter(label: "assent_publish_failures_total", dimensions: [("outcome", "\(outcome)")]).increment()
            if message.mandatory || message.exchange == Exchange.internal.rawValue && outcome == .rejected {
                log.warning(
                    "the broker rejected or returned a message; retrying in 5 s at most",
                    metadata: ["outcome": "\(outcome)"])
                return index
            }
        }
        // A rejected reply is dropped, like a reply whose queue no longer exists.
        return nil
    }

    private func publishEachAlone(_ messages: [OutgoingMessage]) async throws(CancellationError) {
        for message in messages {
            let turn = await alone.acquire()
            defer { turn.release() }
            try await publishAlone(message)
        }
    }

    /// Publishes a message over a connection of its own. The message is dropped after a lost connection if it is a
    /// direct reply, after three otherwise. A message on `internal` is retried without limit, because another service
    /// waits for it.
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
                log.warning("connecting to the broker failed; retrying in 5 s at most", metadata: ["error": "\(error)"])
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
            "messages were dropped: the broker cannot accept them",
            metadata: ["count": "\(messages.count)", "isReply": "\(messages.allSatisfy(\.exchange.isEmpty))"])
    }

    /// Whether the broker is connected and accepts messages.
    package var isReady: Bool { connection.map { $0.isOpen && !$0.isBlocked } ?? false }

    /// Connects before the first message.
    package func connect() async throws { _ = try await current() }

    /// Closes the connection; a later publish opens another.
    package func close() async {
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
    /// Whether the message is a reply to a name that its asker may have invented.
    fileprivate var isSuspect: Bool { exchange.isEmpty && routingKey.hasPrefix(directReply) }
}
