import Foundation
import Models
import RabbitMQ

/// Publishes web forms as a CRM would, and takes what opt-in makes of them: the fact and the mail's order.
final class FormLoad: Sendable {
    private let crm: BrokerAddress
    private let notifier: BrokerAddress
    private let run = String(UInt32.random(in: 0 ... .max), radix: 36)

    init() throws {
        crm = try BrokerAddress(url: try address("AMQP_URL").string ?? "")
        notifier = try BrokerAddress(url: try address("NOTIFIER_AMQP_URL").string ?? "")
    }

    var bodyBytes: Int { form(contact: "bench-\(run)-0-00000").body.count }

    /// Queues for what comes out.
    func prepare() async throws {
        try await declare("crm.bench.facts", exchange: "facts", key: "optin.changed", as: crm)
    }

    /// Forms per second, from the first publish to the last fact and order taken.
    func throughput(_ count: Int) async throws -> Double {
        let round = UInt32.random(in: 0 ... .max)
        let messages = (0..<count).map { form(contact: "bench-\(round)-\($0)") }
        let facts = try await consumer("crm.bench.facts", as: crm)
        let orders = try await orderConsumers()
        let publisher = try await Connection.open(crm, name: "bench/publisher")
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await take(count, from: facts) }
            group.addTask { try await self.takeOrders(count, from: orders) }
            for chunk in stride(from: 0, to: count, by: 1000) {
                _ = try await publisher.publish(Array(messages[chunk..<min(chunk + 1000, count)]))
            }
            try await group.waitForAll()
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        for connection in orders + [facts, publisher] { await connection.close() }
        return Double(count) / seconds
    }

    /// Milliseconds from publish to fact, one form after the other.
    func lone(_ count: Int) async throws -> [Double] {
        let facts = try await consumer("crm.bench.facts", as: crm)
        let publisher = try await Connection.open(crm, name: "bench/publisher")
        var times: [Double] = []
        for number in 0..<count {
            let message = form(contact: "lone-\(run)-\(number)")
            let start = ContinuousClock.now
            async let outcome = publisher.publish([message])
            try await take(1, from: facts)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
            _ = try await outcome
        }
        for connection in [facts, publisher] { await connection.close() }
        return times
    }

    private func declare(_ queue: String, exchange: String, key: String, as account: BrokerAddress) async throws {
        let connection = try await Connection.open(account, name: "bench/topology")
        try await connection.declare([
            .queue(
                name: queue, durable: true, exclusive: false, autoDelete: false,
                arguments: ["x-queue-type": .string("quorum")], passive: false),
            .binding(source: exchange, queue: queue, key: key, arguments: [:]),
        ])
        await connection.close()
    }

    private func consumer(_ queue: String, as account: BrokerAddress) async throws -> Connection {
        let connection = try await Connection.open(account, name: "bench/consumer")
        try await connection.consume(queue: queue, prefetch: 1000)
        return connection
    }

    /// The notifier's own queues, where opt-in's orders go.
    private func orderConsumers() async throws -> [Connection] {
        var consumers: [Connection] = []
        for partition in 0..<8 { consumers.append(try await consumer("notifier.\(partition)", as: notifier)) }
        return consumers
    }

    private func takeOrders(_ count: Int, from connections: [Connection]) async throws {
        let countdown = Countdown(count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for connection in connections {
                group.addTask {
                    while true {
                        let deliveries = try await connection.deliveries(atMost: 1000)
                        if let last = deliveries.last { connection.acknowledge(through: last.tag) }
                        if await countdown.take(deliveries.count) { return }
                    }
                }
            }
            // The one that takes the last order ends the others.
            try await group.next()
            group.cancelAll()
        }
    }

    private func form(contact: String) -> OutgoingMessage {
        let id = UUID()
        let time = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let event = Event(
            id: id, source: "/crm", type: "webform.submitted", subject: contact, time: time,
            data: [
                "email": .string("\(contact)@example.com"), "marketing": true, "form": "newsletter", "locale": "en",
                "text": "Yes, send me news by e-mail. I can withdraw at any time.", "remoteAddress": "203.0.113.7",
                "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            ])
        return OutgoingMessage(
            exchange: "contacts", routingKey: event.type,
            properties: Properties(
                contentType: Event.contentType, deliveryMode: 2, messageID: id.text, userID: "crm",
                headers: ["partitionkey": .string(contact)]),
            body: event.bytes, mandatory: true)
    }
}

/// What is still to come, over several connections.
private actor Countdown {
    private var left: Int

    init(_ count: Int) { left = count }

    /// Returns whether nothing is left.
    func take(_ count: Int) -> Bool {
        left -= count
        return left <= 0
    }
}

/// Takes so many messages.
func take(_ count: Int, from connection: Connection) async throws {
    var taken = 0
    while taken < count {
        let deliveries = try await connection.deliveries(atMost: 1000)
        taken += deliveries.count
        if let last = deliveries.last { connection.acknowledge(through: last.tag) }
    }
}
