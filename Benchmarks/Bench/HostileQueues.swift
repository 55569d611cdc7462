import Foundation
import RabbitMQ

/// Two queues of another party at the facts: one is full and rejects whatever comes, one never confirms.
struct HostileQueues {
    private static let full = "crm.bench.full"
    private static let silent = "crm.bench.silent"
    private let connection: Connection

    /// Makes them, and binds them to every fact.
    static func bind() async throws -> HostileQueues {
        let crm = try BrokerAddress(url: try variable("AMQP_URL"))
        let connection = try await Connection.open(crm, name: "bench/third-party")
        let quorum: [String: HeaderValue] = ["x-queue-type": .string("quorum")]
        // A quorum queue without a leader keeps the broker's channel itself waiting: no publisher can do anything.
        let classic: [String: HeaderValue] = ["x-queue-type": .string("classic")]
        let limits: [String: HeaderValue] = ["x-max-length": .integer(1), "x-overflow": .string("reject-publish")]
        try await connection.declare([
            .queue(name: full, arguments: quorum.merging(limits) { $1 }), .queue(name: silent, arguments: classic),
            .exchange(name: full, kind: "fanout"), .binding(source: full, queue: full, key: ""),
        ])
        let filling = OutgoingMessage(exchange: full, routingKey: "", body: [1])
        for _ in 0..<5 { _ = try await connection.publish([filling]) }
        try control("sys:suspend")
        try await connection.declare([full, silent].map { .binding(source: "facts", queue: $0, key: "#") })
        return HostileQueues(connection: connection)
    }

    /// Takes them away.
    func remove() async throws {
        await connection.close()
        try Self.control("sys:resume")
        for queue in [Self.full, Self.silent] {
            try Self.evaluate("rabbit_amqqueue:delete(Queue, false, false, <<\"bench\">>)", of: queue)
        }
    }

    private static func control(_ call: String) throws {
        try evaluate("\(call)(amqqueue:get_pid(Queue))", of: silent)
    }

    /// Runs Erlang at the broker, for which `Queue` is the queue's record.
    private static func evaluate(_ expression: String, of queue: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: try variable("BROKER_CTL"))
        process.arguments = [
            "eval",
            "{ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"assent\">>, queue, <<\"\(queue)\">>)), \(expression).",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure("the broker did not do \(expression)") }
    }
}
