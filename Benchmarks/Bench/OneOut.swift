import Foundation
import Models
import PostgreSQL
import RabbitMQ

/// One durable message in, one out: a form of a contact to whom a mail went a moment ago, so that its status changes and
/// the next mail waits (O4). `engagement.recorded` takes its place when the suite has it.
enum OneOut {
    private static let fill = """
        INSERT INTO contact (contact, status, since, undecided, decided, lists, mailed_at, change_count)
        SELECT contact, 'none', now(), '{}', '{}', '{}', now(), 0 FROM unnest($1::text[]) AS contact
        """

    static func run() async throws {
        let load = try FormLoad()
        try await load.prepare()
        print("forms of which a fact comes and no mail, one in, one out, beside the bare broker (bar: ratio 0.5)")
        let alternation = Alternation(name: "one", service: "optin", outgoing: 1, bodyBytes: load.bodyBytes) { count in
            let run = UInt32.random(in: 0 ... .max)
            let contacts = (0..<count).map { "one-\(run)-\($0)" }
            try await store(contacts)
            return try load.throughput(of: contacts, orders: nil)
        }
        try await alternation.run()
    }

    private static func store(_ contacts: [String]) async throws {
        let database = try await openDatabase("OPTIN_DATABASE_OWNER_URL")
        _ = try await database.run(Statement(fill, [.texts(contacts)]))
        try await database.execute(script: "VACUUM ANALYZE contact")
        await database.close()
    }
}
