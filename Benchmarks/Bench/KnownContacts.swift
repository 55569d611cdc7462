import Foundation
import Models
import PostgreSQL

/// Contacts told of as a publisher does.
enum KnownContacts {
    private static let limit = Duration.seconds(180)

    /// Tells of so many new contacts, each with an address, and returns once the vault knows them and opt-in its word,
    /// so that nothing is under way that works on them again (O12).
    static func tell(_ count: Int, prefix: String, by publisher: Publisher) async throws -> [String] {
        let run = String(UInt32.random(in: 0 ... .max), radix: 36)
        let contacts = (0..<count).map { "\(prefix)-\(run)-\($0)" }
        try await publisher.publish(
            contacts.map {
                Publisher.message(
                    "contacts", "contact.created", subject: $0,
                    ["email": .string("\($0)@example.com"), "locale": "en", "profile": ["firstName": "Ann"]])
            })
        let optIn = try await openDatabase("OPTIN_DATABASE_OWNER_URL")
        let known = Statement(
            """
            SELECT count(*) FROM contact
            WHERE contact = ANY ($1::text[]) AND cardinality(undecided) = 0 AND cardinality(decided) = 0
            """, [.texts(contacts)])
        let end = ContinuousClock.now + limit
        while try await optIn.run(known)[0].int64(0) < count {
            guard ContinuousClock.now < end else { throw Failure("not every contact is known") }
            try await Task.sleep(for: .milliseconds(100))
        }
        await optIn.close()
        return contacts
    }
}
