import RabbitMQ
import Testing

extension BrokerTests {
    @Suite struct Connecting {
        @Test("a topology is declared, twice alike, and routes")
        func topology() async throws {
            let connection = try await TestBroker.connect()
            let queue = TestBroker.uniqueName("queue")
            let declarations: [Declaration] = [
                .exchange(name: "topic", kind: "topic"),
                .exchange(
                    name: "hash", kind: "x-consistent-hash", arguments: ["hash-header": .string("partitionkey")]),
                .exchangeBinding(source: "topic", destination: "hash", key: "contact.*"),
                .queue(name: queue, arguments: TestBroker.quorum),
                .binding(source: "hash", queue: queue, key: "1"),
                .exchange(name: "topic", kind: "topic", passive: true),
                .queue(name: queue, passive: true),
            ]
            try await connection.declare(declarations)
            try await connection.declare(declarations)
            let outcomes = try await connection.publish(
                ["contact.changed", "other"].map { key in
                    OutgoingMessage(
                        exchange: "topic", routingKey: key,
                        properties: Properties(headers: ["partitionkey": .string("p")]), body: [1])
                })
            #expect(outcomes == [.confirmed, .returned])
            #expect(try await connection.get(queue: queue)?.routingKey == "contact.changed")
            await connection.close()
        }

        @Test("a declaration with other arguments is refused with 406, and the connection is unusable")
        func otherArguments() async throws {
            let connection = try await TestBroker.connect()
            let queue = try await TestBroker.quorumQueue(connection)
            await expect(.refused(code: 406)) {
                try await connection.declare([.queue(name: queue, durable: true)])
            }
            #expect(!connection.isOpen)
            await expect(.refused(code: 406)) { _ = try await connection.get(queue: queue) }
            await connection.close()
        }

        @Test("an exchange with a reserved name is refused with 403, a missing queue with 404")
        func refusals() async throws {
            let first = try await TestBroker.connect()
            await expect(.refused(code: 403)) {
                try await first.declare([.exchange(name: "amq.mine", kind: "topic")])
            }
            #expect(!first.isOpen)
            let second = try await TestBroker.connect()
            await expect(.refused(code: 404)) { try await second.consume(queue: "missing", prefetch: 1) }
            #expect(!second.isOpen)
        }

        @Test("a wrong password is refused with 403, a missing vhost with 530, no broker is unreachable")
        func login() async throws {
            let url = try TestBroker.url("AMQP_TEST_URL")
            let address = try TestBroker.address()
            let wrong = try BrokerAddress(
                url: "amqp://\(address.user):wrong@\(address.host):\(address.port)/\(TestBroker.virtualHost)")
            await expect(.refused(code: 403)) { _ = try await Connection.open(wrong, name: "test") }
            let nowhere = try BrokerAddress(url: url + "-missing")
            await expect(.refused(code: 530)) { _ = try await Connection.open(nowhere, name: "test") }
            let silent = try BrokerAddress(url: "amqp://u:p@127.0.0.1:1")
            await expect(.unreachable) { _ = try await Connection.open(silent, name: "test") }
        }

        @Test("TLS with the right authority works, and carries more than one buffer")
        func secure() async throws {
            let address = try BrokerAddress(url: TestBroker.url("AMQPS_TEST_URL"))
            let connection = try await Connection.open(address, name: "test")
            let queue = try await TestBroker.quorumQueue(connection)
            try await connection.consume(queue: queue, prefetch: 300)
            let body = [UInt8](repeating: 7, count: 3_000)
            let message = OutgoingMessage(exchange: "", routingKey: queue, body: body)
            async let outcomes = connection.publish(Array(repeating: message, count: 1_000))
            var count = 0
            while count < 1_000 {
                let batch = try await connection.deliveries(atMost: 300)
                count += batch.count
                #expect(batch.allSatisfy { $0.body == body })
                connection.acknowledge(through: try #require(batch.last).tag)
            }
            #expect(try await outcomes == Array(repeating: .confirmed, count: 1_000))
            await connection.close()
        }

        @Test("TLS with another authority is refused, and so is another host name")
        func untrusted() async throws {
            let url = try TestBroker.url("AMQPS_TEST_URL")
            let right = try BrokerAddress(url: url)
            let other = try OtherAuthority()
            defer { other.remove() }
            let query = try #require(url.split(separator: "?").last)
            let stranger = try BrokerAddress(url: url.replacing(query, with: "cacertfile=\(other.path)"))
            await expect(.untrusted) { _ = try await Connection.open(stranger, name: "test") }
            // Another spelling of 127.0.0.1, which no certificate names.
            let misnamed = try BrokerAddress(url: url.replacing("@\(right.host):", with: "@127.1:"))
            #expect(misnamed.host == "127.1")
            await expect(.untrusted) { _ = try await Connection.open(misnamed, name: "test") }
        }
    }
}
