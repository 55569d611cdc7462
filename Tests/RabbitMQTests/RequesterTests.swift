import RabbitMQ
import Testing

extension BrokerTests {
    @Suite struct Requesting {
        /// Answers requests with their body doubled, except those of type `ignore`.
        private func answer(_ connection: Connection) async throws {
            while true {
                let requests = try await connection.deliveries(atMost: 100)
                let replies = requests.compactMap { request -> OutgoingMessage? in
                    guard let replyTo = request.properties.replyTo, request.properties.type != "ignore" else {
                        return nil
                    }
                    return OutgoingMessage(
                        exchange: "", routingKey: replyTo,
                        properties: Properties(correlationID: request.properties.correlationID),
                        body: request.body + request.body, mandatory: false)
                }
                _ = try await connection.publish(replies)
                connection.acknowledge(through: try #require(requests.last).tag)
            }
        }

        private func withServer(_ work: (String, Requester) async throws -> Void) async throws {
            let server = try await TestBroker.connect("server")
            let queue = try await TestBroker.quorumQueue(server)
            try await server.consume(queue: queue, prefetch: 100)
            let serving = Task { try await answer(server) }
            let requester = try await Requester.open(TestBroker.address(), name: "requester")
            try await work(queue, requester)
            await requester.close()
            serving.cancel()
            await server.close()
        }

        @Test("each of many requests at a time gets its own reply")
        func roundTrip() async throws {
            try await withServer { queue, requester in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            let body = Array("\(number),".utf8)
                            let reply = try await requester.request(
                                OutgoingMessage(exchange: "", routingKey: queue, body: body), timeout: .seconds(20))
                            #expect(reply.body == body + body)
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        @Test("a request without a reply times out, one without a queue fails at once, a cancelled one ends")
        func failures() async throws {
            try await withServer { queue, requester in
                let ignored = OutgoingMessage(
                    exchange: "", routingKey: queue, properties: Properties(type: "ignore"), body: [1])
                await expect(.timedOut) { _ = try await requester.request(ignored, timeout: .seconds(1)) }
                // Not confirmed by then, so nobody can say that the broker has it.
                await expect(.unreachable) { _ = try await requester.request(ignored, timeout: .zero) }
                let lost = OutgoingMessage(exchange: "", routingKey: "nowhere", body: [1])
                await expect(.unroutable) { _ = try await requester.request(lost, timeout: .seconds(60)) }
                let pending = Task { try await requester.request(ignored, timeout: .seconds(60)) }
                pending.cancel()
                await expect(.closed) { _ = try await pending.value }
                let good = OutgoingMessage(exchange: "", routingKey: queue, body: [2])
                let reply = try await requester.request(good, timeout: .seconds(20))
                #expect(reply.body == [2, 2])
            }
        }

        @Test("closing the requester ends its requests")
        func closing() async throws {
            try await withServer { queue, requester in
                let ignored = OutgoingMessage(
                    exchange: "", routingKey: queue, properties: Properties(type: "ignore"), body: [1])
                let pending = Task { try await requester.request(ignored, timeout: .seconds(60)) }
                let good = OutgoingMessage(exchange: "", routingKey: queue, body: [2])
                _ = try await requester.request(good, timeout: .seconds(20))
                await requester.close()
                // Confirmed before the end or not: `.timedOut` says that the broker has it, `.closed` promises nothing.
                let ended = await #expect(throws: BrokerError.self) { _ = try await pending.value }
                #expect(ended?.kind == .timedOut || ended?.kind == .closed)
                await expect(.closed) { _ = try await requester.request(good, timeout: .seconds(20)) }
            }
        }
    }
}
