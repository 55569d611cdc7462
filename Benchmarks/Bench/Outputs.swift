import Foundation
import RabbitMQ
import Synchronization

/// What a service sends out, taken from queues: how many messages, about how many contacts, how many of them again.
final class Outputs: Sendable {
    static let limit = Duration.seconds(600)

    private struct State {
        var ids: Set<String> = []
        var contacts: Set<String> = []
        var deliveries = 0
        var failure: (any Error)?
    }

    private let state = Mutex(State())
    private let connections: [Connection]
    private let takers: Mutex<[Task<Void, Never>]>

    /// Takes from them at once; each consumes a queue.
    init(_ connections: [Connection]) {
        self.connections = connections
        takers = Mutex([])
        let tasks = connections.map { connection in Task { await take(from: connection) } }
        takers.withLock { $0 = tasks }
    }

    /// Distinct messages.
    var messages: Int { state.withLock { $0.ids.count } }
    /// Distinct contacts.
    var contacts: Int { state.withLock { $0.contacts.count } }
    /// Messages that came once more under the same id, which the contract allows.
    var repetitions: Int { state.withLock { $0.deliveries - $0.ids.count } }

    func wait(for count: Int) async throws {
        let end = ContinuousClock.now + Self.limit
        while messages < count {
            if let failure = state.withLock({ $0.failure }) { throw failure }
            guard ContinuousClock.now < end else { throw Failure("\(messages) of \(count) messages came") }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    func close() async {
        for taker in takers.withLock({ $0 }) { taker.cancel() }
        for connection in connections { await connection.close() }
    }

    private func take(from connection: Connection) async {
        do {
            while !Task.isCancelled {
                let deliveries = try await connection.deliveries(atMost: 1000)
                state.withLock { state in
                    state.deliveries += deliveries.count
                    for delivery in deliveries {
                        state.ids.insert(delivery.properties.messageID ?? "")
                        if case .string(let contact)? = delivery.properties.headers["partitionkey"] {
                            state.contacts.insert(contact)
                        }
                    }
                }
                if let last = deliveries.last { connection.acknowledge(through: last.tag) }
            }
        } catch {
            state.withLock { $0.failure = error }
        }
    }
}

/// The notifier's own queues, where opt-in's orders go.
enum OrderQueues {
    private static let partitions = 8

    static func open() async throws -> [Connection] {
        let notifier = try BrokerAddress(url: try variable("NOTIFIER_AMQP_URL"))
        var connections: [Connection] = []
        for partition in 0..<partitions {
            let connection = try await Connection.open(notifier, name: "bench/orders")
            try await connection.consume(queue: "notifier.\(partition)", prefetch: 1000)
            connections.append(connection)
        }
        return connections
    }
}

/// Messages in a service's queues, its dead letters among them, those under way to it too.
func queuedMessages(of service: String) throws -> Int {
    let output = Pipe()
    let process = Process()
    process.executableURL = URL(filePath: try variable("BROKER_CTL"))
    process.arguments = ["--quiet", "list_queues", "--no-table-headers", "-p", "assent", "name", "messages"]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure("rabbitmqctl did not list the queues") }
    var sum = 0
    for line in text.split(separator: "\n") where line.hasPrefix("\(service).") {
        guard let count = line.split(separator: "\t").last.flatMap({ Int($0) }) else {
            throw Failure("rabbitmqctl lists queues in another way")
        }
        sum += count
    }
    return sum
}
