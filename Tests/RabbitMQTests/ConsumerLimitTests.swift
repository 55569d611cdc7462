import RabbitMQ
import Testing

extension BrokerTests {
    @Suite struct Limiting {
        private static let bodyBytes = 262_144
        private static let heldBytes = 1_048_576

        private func fill(_ queue: String, _ sizes: [Int]) async throws {
            let publisher = try await TestBroker.connect()
            for (number, size) in sizes.enumerated() {
                let body = [UInt8](repeating: UInt8(number % 256), count: size)
                let outcomes = try await publisher.publish([
                    OutgoingMessage(
                        exchange: "", routingKey: queue, properties: Properties(messageID: "\(number)"), body: body)
                ])
                #expect(outcomes == [.confirmed])
            }
            await publisher.close()
        }

        /// A consumer that holds as much as it may, and the deliveries that it holds.
        private func fullConsumer(of count: Int) async throws -> (consumer: Connection, held: [Delivery]) {
            let consumer = try await TestBroker.connect("limited")
            let queue = try await TestBroker.quorumQueue(consumer)
            try await fill(queue, Array(repeating: Self.bodyBytes, count: count))
            try await consumer.consume(
                queue: queue, prefetch: 300, limits: ConsumerLimits(heldBytes: Self.heldBytes, bodyBytes: .max))
            let held = try await consumer.take(4)
            return (consumer, held)
        }

        @Test("a consumer that holds its bytes reads on when some are acknowledged, in order")
        func pauses() async throws {
            var (consumer, held) = try await fullConsumer(of: 40)
            try await Task.sleep(for: .milliseconds(500))
            #expect(consumer.arrivedDeliveries(atMost: 300).isEmpty)
            while held.count < 40 {
                consumer.acknowledge(through: try #require(held.last).tag)
                let more = try await consumer.deliveries(atMost: 300)
                #expect(more.count <= 4)
                held += more
            }
            #expect(held.map(\.properties.messageID) == (0..<40).map { "\($0)" })
            #expect(held.allSatisfy { $0.body.count == Self.bodyBytes && !$0.isRedelivered })
            await consumer.close()
        }

        @Test("messages acknowledged one by one make room as well")
        func oneByOne() async throws {
            var (consumer, held) = try await fullConsumer(of: 12)
            while held.count < 12 {
                consumer.acknowledge(only: held[held.count - 4].tag)
                held += try await consumer.take(1)
            }
            #expect(held.map(\.properties.messageID) == (0..<12).map { "\($0)" })
            await consumer.close()
        }

        @Test("a consumer that reads nothing for longer than two heartbeats keeps its connection")
        func heartbeats() async throws {
            var (consumer, held) = try await fullConsumer(of: 40)
            // The broker ends a connection of which it hears nothing for twice 20 s.
            try await Task.sleep(for: .seconds(55))
            #expect(consumer.isOpen)
            while held.count < 40 {
                consumer.acknowledge(through: try #require(held.last).tag)
                held += try await consumer.deliveries(atMost: 300)
            }
            #expect(held.map(\.properties.messageID) == (0..<40).map { "\($0)" })
            #expect(held.allSatisfy { !$0.isRedelivered })
            await consumer.close()
        }

        @Test("a consumer that holds its bytes closes at once, and what it held comes again in order")
        func closesFull() async throws {
            let consumer = try await TestBroker.connect("limited")
            let queue = try await TestBroker.quorumQueue(consumer, ["x-single-active-consumer": .bool(true)])
            try await fill(queue, Array(repeating: Self.bodyBytes, count: 20))
            try await consumer.consume(
                queue: queue, prefetch: 300, limits: ConsumerLimits(heldBytes: Self.heldBytes, bodyBytes: .max))
            _ = try await consumer.take(4)
            await consumer.close()
            let next = try await TestBroker.connect()
            try await next.consume(queue: queue, prefetch: 300)
            #expect(try await next.take(20).map(\.properties.messageID) == (0..<20).map { "\($0)" })
            await next.close()
        }

        @Test("a body over the limit is read past, known by its size, and in nobody's way")
        func longBodies() async throws {
            let consumer = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(consumer)
            let sizes = [10, 1_000_000, 0, 300_000, 300_001, 20]
            try await fill(queue, sizes)
            try await consumer.consume(
                queue: queue, prefetch: 300, limits: ConsumerLimits(heldBytes: .max, bodyBytes: 300_000))
            let taken = try await consumer.take(sizes.count)
            #expect(taken.map(\.bodyBytes) == sizes)
            #expect(taken.map(\.body.count) == [10, 0, 0, 300_000, 0, 20])
            #expect(taken.map(\.properties.messageID) == sizes.indices.map { "\($0)" })
            await consumer.close()
        }

        @Test("whether a queue is there can be asked, and the connection goes on")
        func hasQueue() async throws {
            let connection = try await TestBroker.connect()
            #expect(try await !connection.hasQueue("no-such-queue"))
            let queue = try await TestBroker.quorumQueue(connection)
            #expect(try await connection.hasQueue(queue))
            #expect(try await !connection.hasQueue("no-such-queue"))
            try await fill(queue, [1])
            try await connection.consume(queue: queue, prefetch: 1)
            #expect(try await connection.take(1).count == 1)
            await connection.close()
        }
    }
}
