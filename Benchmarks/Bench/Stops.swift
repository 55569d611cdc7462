import Foundation
import Models
import PostgreSQL
import RabbitMQ

/// SIGTERM amidst as many messages as a service takes: how long it takes to end, and whether every message had its
/// effect once when it was started again.
enum Stops {
    private static let bar = Duration.seconds(3)
    private static let rounds = 3
    private static let forms = 20_000
    private static let stores = 10_000
    private static let contacts = 5000
    private static let changes = """
        SELECT count(*), count(DISTINCT contact) FROM status_change WHERE starts_with(contact, $1)
        """

    static func run() async throws {
        var optIn = try ServiceProcess.start("optin")
        var vault = try ServiceProcess.start("vault")
        for service in [optIn, vault] { _ = try await service.untilReady() }
        let publisher = try await Publisher.open()
        print("SIGTERM under full load → exit, then a new start (bar: \(bar), no effect repeated)")
        for round in 1...rounds {
            optIn = try await stopOptIn(optIn, round, publisher)
        }
        let contacts = try await VaultContacts.tell(contacts, by: publisher)
        for round in 1...rounds {
            vault = try await stopVault(vault, round, contacts, publisher)
        }
        await publisher.close()
        for service in [optIn, vault] { _ = try await service.stop() }
    }

    private static func stopOptIn(
        _ service: ServiceProcess, _ round: Int, _ publisher: Publisher
    ) async throws -> ServiceProcess {
        let prefix = "stop-\(UInt32.random(in: 0 ... .max))-"
        let facts = Outputs(try await [FactQueue.open("optin.changed")])
        let orders = Outputs(try await OrderQueues.open())
        let (time, seen, next) = try await stop(
            service, under: (0..<forms).map { WebForm.message("\(prefix)\($0)") }, publisher, facts, orders)
        let rows = try await query(changes, [.text(prefix)], "OPTIN_DATABASE_OWNER_URL")
        for (what, count) in [
            ("facts", facts.messages), ("orders", orders.messages), ("contacts with a fact", facts.contacts),
            ("contacts with an order", orders.contacts), ("changes", rows[0]), ("contacts with a change", rows[1]),
        ] where count != forms { throw Failure("\(forms) forms made \(count) \(what)") }
        print(
            "  optin, round \(round): \(two(time)) s, at \(seen) of \(forms) forms; each had one change, one fact, one "
                + "order; facts \(facts.repetitions) and orders \(orders.repetitions) came again")
        return next
    }

    private static func stopVault(
        _ service: ServiceProcess, _ round: Int, _ contacts: VaultContacts, _ publisher: Publisher
    ) async throws -> ServiceProcess {
        let facts = Outputs(try await [FactQueue.open("vault.stored")])
        let messages = (0..<stores).map { contacts.store(contacts.ids[$0 % contacts.ids.count]) }
        let (time, seen, next) = try await stop(service, under: messages, publisher, facts, nil)
        guard facts.messages == stores, facts.contacts == contacts.ids.count else {
            throw Failure("\(stores) values for \(contacts.ids.count) contacts made \(facts.messages) facts")
        }
        print(
            "  vault, round \(round): \(two(time)) s, at \(seen) of \(stores) values; each had one fact; "
                + "\(facts.repetitions) came again")
        return next
    }

    /// Returns the seconds until it had ended, how many facts had come by then, and its successor, which has nothing
    /// left to do.
    private static func stop(
        _ service: ServiceProcess, under messages: [OutgoingMessage], _ publisher: Publisher, _ facts: Outputs,
        _ orders: Outputs?
    ) async throws -> (Double, Int, ServiceProcess) {
        async let published: Void = publisher.publish(messages)
        try await facts.wait(for: messages.count / 3)
        let time = try await service.stop()
        Report.note(Figure("stop.\(service.name)", time / .seconds(1), "s", better: .less))
        let seen = facts.messages
        guard seen < messages.count else { throw Failure("the load was over before the stop") }
        let next = try await ServiceProcess.start([service.name])[0]
        try await published
        try await facts.wait(for: messages.count)
        try await orders?.wait(for: messages.count)
        try await settle(service.name)
        await facts.close()
        await orders?.close()
        return (time / .seconds(1), seen, next)
    }

    /// Nothing is left in the service's queues or outbox, so that nothing can come any more.
    private static func settle(_ service: String) async throws {
        let outbox = "SELECT count(*) FROM outbox"
        let end = ContinuousClock.now + Outputs.limit
        while ContinuousClock.now < end {
            let rows = try await query(outbox, [], "\(service.uppercased())_DATABASE_OWNER_URL")
            if rows == [0], try queuedMessages(of: service) == 0 { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        throw Failure("something is left in the queues or the outbox of \(service)")
    }

    private static func query(_ sql: String, _ parameters: [Parameter], _ database: String) async throws -> [Int] {
        let connection = try await openDatabase(database)
        let row = try await connection.run(Statement(sql, parameters))[0]
        let numbers = try (0..<(sql == changes ? 2 : 1)).map { Int(try row.int64($0)) }
        await connection.close()
        return numbers
    }
}
