import FoundationEssentials
import Logging
import Messaging
import Models
import RabbitMQ
import ServiceKit

/// Time between two attempts to declare the queue at the broker.
private let pause = Duration.seconds(1)

/// Detects whether an instance is connected to the broker: each instance has an exclusive queue, which the broker
/// deletes with its connection. So an instance that only lost the database is not taken for dead (N3).
struct InstancePresence: Sendable {
    private let broker: BrokerAddress
    private let instance: InstanceName
    private let log: Logger

    init(_ host: Host) {
        broker = host.broker
        instance = host.instance
        log = host.log
    }

    /// Keeps this instance's queue until the task is cancelled.
    func show() async {
        var isTold = false
        while !Task.isCancelled {
            do {
                let connection = try await Connection.open(broker, name: instance.connection("presence"))
                let queue = Self.queue(of: instance.id)
                try await connection.declare([.queue(name: queue, durable: false, exclusive: true)])
                try await connection.consume(queue: queue, prefetch: 1, noAck: true)
                isTold = false
                // Deliveries are questions of other instances; they need no answer, since their routing already proves
                // the presence.
                while !Task.isCancelled { _ = try await connection.deliveries(atMost: 16) }
                await connection.close()
            } catch {
                if Task.isCancelled { return }
                if !isTold {
                    log.info(
                        "keeping this instance's presence queue at the broker failed; trying again every second",
                        metadata: ["error": "\(error)"])
                }
                isTold = true
            }
            try? await Task.sleep(for: pause)
        }
    }

    /// Whether another instance is connected; nil: the broker cannot be reached.
    func isConnected(_ other: UUID) async -> Bool? {
        do {
            let connection = try await Connection.open(broker, name: instance.connection("presence-question"))
            let question = OutgoingMessage(
                exchange: "", routingKey: Self.queue(of: other), body: Array("?".utf8), mandatory: true)
            let outcomes = try await connection.publish([question])
            await connection.close()
            return outcomes != [.returned]
        } catch {
            return nil
        }
    }

    private static func queue(of instance: UUID) -> String { "notifier.instance.\(instance.text)" }
}
