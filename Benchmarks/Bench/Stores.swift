import Foundation
import Models
import RabbitMQ

/// `vault.store` of one sealed field each, as many as the vault takes, beside what one core opens at best and what the
/// bare broker carries.
enum Stores {
    private static let rounds = 3
    private static let contacts = 5000
    private static let messagesPerRound = 10_000
    private static let factQueue = "crm.bench.stored"

    static func run() async throws {
        let publisher = try await Publisher.open()
        let contacts = try await VaultContacts.tell(contacts, by: publisher)
        let facts = try await stored()
        print("vault.store of one sealed field, publish → fact, beside openssl's speed and the bare broker")
        var rates: [Double] = [], byAgreement: [Double] = [], byBroker: [Double] = []
        for round in 1...rounds {
            let messages = await sealed(contacts)
            let ceiling = try bareBroker(messages: messagesPerRound, bodyBytes: messages[0].body.count)
            let speed = try OpenSSLSpeed.measure()
            let start = ContinuousClock.now
            async let publishing: Void = publisher.publish(messages)
            try await take(messagesPerRound, from: facts)
            let rate = Double(messagesPerRound) / ((ContinuousClock.now - start) / .seconds(1))
            try await publishing
            rates.append(rate)
            byAgreement.append(rate / speed.agreements)
            byBroker.append(rate / ceiling)
            print(
                "  round \(round): vault \(Int(rate))/s; openssl on one core: ECDH P-256 \(Int(speed.agreements))/s, "
                    + "AES-256-GCM of 256 bytes \(Int(speed.encryptions))/s; bare broker \(Int(ceiling))/s")
        }
        print("  stores/s \(Report.median("store.stores", rates, "/s", better: .more))")
        print("  by ECDH \(Report.median("store.to-ecdh", byAgreement, better: .more))")
        print("  by the bare broker \(Report.median("store.ratio", byBroker, better: .more))")
        for connection in [facts] { await connection.close() }
        await publisher.close()
    }

    /// Sealed before the clock runs, by all cores.
    private static func sealed(_ contacts: VaultContacts) async -> [OutgoingMessage] {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return await withTaskGroup(of: [OutgoingMessage].self) { group in
            for core in 0..<cores {
                group.addTask {
                    stride(from: core, to: messagesPerRound, by: cores).map {
                        contacts.store(contacts.ids[$0 % contacts.ids.count])
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private static func stored() async throws -> Connection {
        let facts = try await Connection.open(try BrokerAddress(url: try variable("AMQP_URL")), name: "bench/consumer")
        try await facts.declare([
            .queue(
                name: factQueue, durable: true, exclusive: false, autoDelete: false,
                arguments: ["x-queue-type": .string("quorum")], passive: false),
            .binding(source: "facts", queue: factQueue, key: "vault.stored", arguments: [:]),
        ])
        try await facts.consume(queue: factQueue, prefetch: 1000)
        return facts
    }
}
