import Foundation
import Models
import RabbitMQ

/// Publishes web forms as a CRM would, and takes what opt-in makes of them: the fact and the mail's order.
final class FormLoad: Sendable {
    static let facts = "crm.bench.facts"
    private let crm: BrokerAddress
    private let run = String(UInt32.random(in: 0 ... .max), radix: 36)

    init() throws {
        crm = try BrokerAddress(url: try address("AMQP_URL").string ?? "")
    }

    var bodyBytes: Int { WebForm.message("bench-\(run)-0-00000").body.count }

    /// Queues for what comes out.
    func prepare() async throws {
        try await declare(Self.facts, exchange: "facts", key: "optin.changed", as: crm)
    }

    /// Forms per second.
    func throughput(_ count: Int) throws -> Double {
        let round = UInt32.random(in: 0 ... .max)
        let forms = (0..<count).map { WebForm.message("bench-\(round)-\($0)") }
        return try SuiteLoad(facts: Self.facts, orders: "notifier").throughput(forms)
    }

    /// Milliseconds from publish to fact, one form after the other.
    func lone(_ count: Int) async throws -> [Double] {
        let facts = try await consumer(Self.facts, as: crm)
        let publisher = try await Connection.open(crm, name: "bench/publisher")
        var times: [Double] = []
        for number in 0..<count {
            let message = WebForm.message("lone-\(run)-\(number)")
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
