import RabbitMQ

/// The CRM's queue of one type of fact, which it takes from.
enum FactQueue {
    static func name(_ type: String) -> String { "crm.bench.\(type)" }

    static func open(_ type: String) async throws -> Connection {
        let facts = try await Connection.open(try BrokerAddress(url: try variable("AMQP_URL")), name: "bench/facts")
        let queue = name(type)
        try await facts.declare([
            .queue(
                name: queue, durable: true, exclusive: false, autoDelete: false,
                arguments: ["x-queue-type": .string("quorum")], passive: false),
            .binding(source: "facts", queue: queue, key: type, arguments: [:]),
        ])
        try await facts.consume(queue: queue, prefetch: 1000)
        return facts
    }
}
