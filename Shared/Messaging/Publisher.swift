public import Logging
import Metrics
public import RabbitMQ

/// Back-off between attempts to reach the broker: from, to.
private let firstPause = Duration.milliseconds(50)
private let longestPause = Duration.seconds(5)

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
        while !rest.isEmpty {
            if Task.isCancelled { throw CancellationError() }
            do {
                let outcomes = try await current().publish(Array(rest))
                guard let failed = outcomes.firstIndex(where: { $0 != .confirmed }) else { return }
                if failed > 0 { pause = firstPause }
                rest = rest[(rest.startIndex + failed)...]
                Counter(label: "assent_publish_failures_total", dimensions: [("reason", "\(outcomes[failed])")])
                    .increment()
                log.warning("the broker did not take a message", metadata: ["outcome": "\(outcomes[failed])"])
            } catch {
                log.warning("publishing failed", metadata: ["error": "\(error)"])
                discard()
            }
            do { try await Task.sleep(for: pause) } catch { throw CancellationError() }
            pause = min(pause * 2, longestPause)
        }
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
