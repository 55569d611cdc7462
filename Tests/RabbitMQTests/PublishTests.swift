import RabbitMQ
import Testing

extension BrokerTests {
    @Suite struct Publishing {
        @Test("all kinds of properties and headers come back as they went out")
        func properties() async throws {
            let publisher = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(publisher)
            let sent = Properties(
                contentType: "application/cloudevents+json", deliveryMode: 2, messageID: "id-1",
                userID: try TestBroker.address().user, correlationID: "c-ä", replyTo: "reply", expiration: "60000",
                type: "contact.changed",
                headers: [
                    "text": .string("Grüße 🐇"), "empty": .string(""), "number": .integer(-5),
                    "big": .integer(.max), "yes": .bool(true), "no": .bool(false),
                    "long": .string(String(repeating: "x", count: 40_000)),
                ], timestamp: 1_700_000_000)
            let message = OutgoingMessage(exchange: "", routingKey: queue, properties: sent, body: Array("hello".utf8))
            #expect(try await publisher.publish([message]) == [.confirmed])
            var delivery = try #require(try await publisher.get(queue: queue))
            // The quorum queue's own count.
            #expect(delivery.properties.headers.removeValue(forKey: "x-delivery-count") == .integer(0))
            let isSame = delivery.properties == sent
            #expect(isSame)
            #expect(delivery.body == Array("hello".utf8))
            #expect(delivery.exchange == "")
            #expect(delivery.routingKey == queue)
            #expect(!delivery.isRedelivered)
            #expect(try await publisher.get(queue: queue)?.body == nil)
            await publisher.close()
        }

        @Test("20,000 messages pass a quorum queue with confirms, in order")
        func order() async throws {
            let publisher = try await TestBroker.connect()
            let consumer = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(publisher)
            try await consumer.consume(queue: queue, prefetch: 300)
            let numbers = Array(0..<20_000)
            async let outcomes = publisher.publish(
                numbers.map { OutgoingMessage(exchange: "", routingKey: queue, body: Array("\($0)".utf8)) })
            var received: [Int] = []
            while received.count < numbers.count {
                let batch = try await consumer.deliveries(atMost: 200)
                #expect(!batch.isEmpty && batch.count <= 200)
                received += batch.compactMap { Int(String(decoding: $0.body, as: UTF8.self)) }
                consumer.acknowledge(through: try #require(batch.last).tag)
            }
            #expect(received == numbers)
            #expect(try await outcomes == Array(repeating: .confirmed, count: numbers.count))
            await consumer.close()
            #expect(try await publisher.get(queue: queue)?.body == nil)
            await publisher.close()
        }

        @Test("calls of many tasks are each settled in full")
        func manyCallers() async throws {
            let publisher = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(publisher)
            try await withThrowingTaskGroup(of: [PublishOutcome].self) { group in
                for caller in 0..<50 {
                    group.addTask {
                        try await publisher.publish(
                            (0..<40).map { number in
                                let isRouted = (number + caller) % 7 != 0
                                return OutgoingMessage(
                                    exchange: "", routingKey: isRouted ? queue : "nowhere",
                                    body: Array("\(caller)".utf8))
                            })
                    }
                }
                for try await outcomes in group {
                    #expect(outcomes.count == 40)
                    #expect((5...6).contains(outcomes.count { $0 == .returned }))
                    #expect(!outcomes.contains(.rejected))
                }
            }
            await publisher.close()
        }

        @Test("an unroutable message is returned, at its place among confirmed ones; without mandatory it is not")
        func unroutable() async throws {
            let publisher = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(publisher)
            let outcomes = try await publisher.publish(
                (0..<100).map { number in
                    OutgoingMessage(
                        exchange: "", routingKey: number % 10 == 3 ? "nowhere" : queue,
                        properties: Properties(messageID: "\(number)"), body: [UInt8(number)],
                        mandatory: number != 53)
                })
            #expect(outcomes == (0..<100).map { $0 % 10 == 3 && $0 != 53 ? .returned : .confirmed })
            await publisher.close()
        }

        @Test("X3 a message whose time is over does not leave, and those beside it do")
        func expired() async throws {
            let publisher = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(publisher)
            let outcomes = try await publisher.publish(
                (0..<20).map { number in
                    var message = OutgoingMessage(exchange: "", routingKey: queue, body: [UInt8(number)])
                    if number % 3 == 0 { message.expiresAt = .now - .milliseconds(1) }
                    if number % 3 == 1 { message.expiresAt = .now + .seconds(60) }
                    return message
                })
            #expect(outcomes == (0..<20).map { $0 % 3 == 0 ? .rejected : .confirmed })
            for number in 0..<20 where number % 3 != 0 {
                #expect(try await publisher.get(queue: queue)?.body == [UInt8(number)])
            }
            #expect(try await publisher.get(queue: queue)?.body == nil)
            await publisher.close()
        }

        @Test("a full queue with reject-publish rejects")
        func rejected() async throws {
            let publisher = try await TestBroker.connect()
            // A classic queue keeps to its length exactly; a quorum queue lets some messages more in.
            let queue = TestBroker.uniqueName("full")
            try await publisher.declare([
                .queue(
                    name: queue,
                    arguments: ["x-max-length": .integer(3), "x-overflow": .string("reject-publish")])
            ])
            let message = OutgoingMessage(exchange: "", routingKey: queue, body: [1])
            for _ in 1...3 { #expect(try await publisher.publish([message]) == [.confirmed]) }
            #expect(try await publisher.publish([message, message]) == [.rejected, .rejected])
            #expect(publisher.isOpen)
            await publisher.close()
        }

        @Test(
            "bodies of every size come back whole",
            arguments: [0, 1, 131_063, 131_064, 131_065, 262_128, 1_048_576])
        func bodies(size: Int) async throws {
            let publisher = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(publisher)
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let message = OutgoingMessage(exchange: "", routingKey: queue, body: body)
            #expect(try await publisher.publish([message, message]) == [.confirmed, .confirmed])
            #expect(try await publisher.get(queue: queue)?.body == body)
            try await publisher.consume(queue: queue, prefetch: 1)
            #expect(try await publisher.take(1).first?.body == body)
            await publisher.close()
        }

        @Test("what does not fit into AMQP is refused before anything is sent, and the connection goes on")
        func invalid() async throws {
            let publisher = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(publisher)
            let good = OutgoingMessage(exchange: "", routingKey: queue, body: [1])
            var long = good
            long.routingKey = String(repeating: "k", count: 256)
            var wide = good
            wide.properties.headers["h"] = .string(String(repeating: "v", count: 70_000))
            for bad in [long, wide] {
                await expect(.invalidMessage) { _ = try await publisher.publish([good, bad]) }
            }
            #expect(try await publisher.get(queue: queue)?.body == nil)
            #expect(try await publisher.publish([good]) == [.confirmed])
            #expect(try await publisher.publish([]) == [])
            await publisher.close()
        }

        @Test("publishing to an exchange that is not there fails all with 404")
        func noExchange() async throws {
            let publisher = try await TestBroker.connect()
            let message = OutgoingMessage(exchange: "missing", routingKey: "k", body: [1])
            await expect(.refused(code: 404)) { _ = try await publisher.publish([message, message]) }
            #expect(!publisher.isOpen)
            await expect(.refused(code: 404)) { _ = try await publisher.publish([message]) }
            await publisher.close()
        }
    }
}
