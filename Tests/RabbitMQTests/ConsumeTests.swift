import RabbitMQ
import Testing

extension BrokerTests {
    @Suite struct Consuming {
        private func fill(_ queue: String, _ count: Int) async throws {
            let publisher = try await TestBroker.connect()
            let outcomes = try await publisher.publish(
                (0..<count).map { OutgoingMessage(exchange: "", routingKey: queue, body: Array("\($0)".utf8)) })
            #expect(!outcomes.contains { $0 != .confirmed })
            await publisher.close()
        }

        private func numbers(_ deliveries: [Delivery]) -> [Int] {
            deliveries.compactMap { Int(String(decoding: $0.body, as: UTF8.self)) }
        }

        @Test("when the active consumer closes with deliveries unacknowledged, the next one gets all, in order")
        func takeover() async throws {
            let first = try await TestBroker.connect("first")
            let queue = try await TestBroker.quorumQueue(
                first, ["x-single-active-consumer": .bool(true), "x-delivery-limit": .integer(1_000)])
            try await fill(queue, 1_000)
            try await first.consume(queue: queue, prefetch: 300)
            let second = try await TestBroker.connect("second")
            try await second.consume(queue: queue, prefetch: 300)
            let taken = try await first.take(300)
            #expect(numbers(taken) == Array(0..<300))
            first.acknowledge(through: taken[99].tag)
            await first.close()
            #expect(!first.isOpen)

            var rest: [Delivery] = []
            while rest.count < 900 {
                let batch = try await second.deliveries(atMost: 100)
                rest += batch
                second.acknowledge(through: try #require(batch.last).tag)
            }
            #expect(numbers(rest) == Array(100..<1_000))
            // What the first one had in hand is marked, the rest is not.
            #expect(rest.prefix(200).allSatisfy { $0.isRedelivered && $0.deliveryCount == 1 })
            #expect(rest.last?.isRedelivered == false)
            await second.close()
        }

        @Test("a delivery acknowledged alone makes room for another, and those before it come again")
        func acknowledgedAlone() async throws {
            let consumer = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(consumer)
            try await fill(queue, 6)
            try await consumer.consume(queue: queue, prefetch: 3)
            var taken = try await consumer.take(3)
            // The first one takes long, and all others are answered meanwhile.
            while let next = taken.dropFirst().last, taken.count < 6 {
                consumer.acknowledge(only: next.tag)
                taken += try await consumer.take(1)
            }
            #expect(numbers(taken) == Array(0..<6))
            await consumer.close()
            let other = try await TestBroker.connect()
            try await other.consume(queue: queue, prefetch: 10)
            // 2, 3 and 4 were acknowledged.
            #expect(numbers(try await other.take(3)) == [0, 1, 5])
            await other.close()
        }

        @Test("a waiting consumer can be cancelled, and loses nothing by it")
        func cancelled() async throws {
            let consumer = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(consumer)
            try await consumer.consume(queue: queue, prefetch: 10)
            let waiting = Task { try await consumer.deliveries(atMost: 10) }
            waiting.cancel()
            await expect(.closed) { _ = try await waiting.value }
            #expect(consumer.isOpen)
            try await fill(queue, 3)
            // Nor does a task take what is there after it was told to stop.
            let stopped = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await consumer.deliveries(atMost: 10)
            }
            await expect(.closed) { _ = try await stopped.value }
            #expect(numbers(try await consumer.take(3)) == [0, 1, 2])
            await consumer.close()
            await expect(.closed) { _ = try await consumer.deliveries(atMost: 1) }
            await consumer.close()
        }

        @Test("connections that the broker closes are lost on both sides", .freshVirtualHost)
        func killed() async throws {
            let consumer = try await TestBroker.connect("consumer")
            let publisher = try await TestBroker.connect("publisher")
            let queue = try await TestBroker.quorumQueue(publisher)
            try await consumer.consume(queue: queue, prefetch: 10)
            let waiting = Task { try await consumer.deliveries(atMost: 1) }
            try await TestBroker.control(
                "close_all_connections", "--vhost", TestBroker.virtualHost, "test")
            await expect(.lost) { _ = try await waiting.value }
            await expect(.lost) {
                let message = OutgoingMessage(exchange: "", routingKey: queue, body: [1])
                while true { _ = try await publisher.publish([message]) }
            }
            #expect(!consumer.isOpen)
            #expect(!publisher.isOpen)
            let again = try await TestBroker.connect()
            #expect(again.isOpen)
            await again.close()
        }

        @Test("a queue that is deleted under its consumer is noticed")
        func queueDeleted() async throws {
            let consumer = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(consumer)
            try await consumer.consume(queue: queue, prefetch: 10)
            let waiting = Task { try await consumer.deliveries(atMost: 1) }
            try await TestBroker.control("delete_queue", "--vhost", TestBroker.virtualHost, queue)
            await expect(.consumerCancelled) { _ = try await waiting.value }
            #expect(!consumer.isOpen)
        }

        @Test("an acknowledgement of a delivery that never was ends the connection with 406")
        func unknownTag() async throws {
            let consumer = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(consumer)
            try await consumer.consume(queue: queue, prefetch: 10)
            consumer.acknowledge(through: 99)
            await expect(.refused(code: 406)) { _ = try await consumer.deliveries(atMost: 1) }
        }
    }
}
