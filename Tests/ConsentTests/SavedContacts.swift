import ConsentDomain
import Messaging
import Models
import PostgreSQL
import Testing

@testable import ConsentService

private let now = Timestamp(microseconds: 1_763_800_000_000_000)

/// Random contacts, saved; ids whose order by code points is not that of a dictionary.
func saved(
    _ count: Int, _ random: inout RandomConditions, in pool: Pool
) async throws -> [String: ConsentContact] {
    var contacts: [String: ConsentContact] = [:]
    let store = ConsentStore()
    var counter = try store.numbering(of: 3, from: try await pool.run(store.loadingNumbering(of: 3))[...])
    for number in 0..<count {
        var contact = random.contact()
        try random.decide(&contact, counter: &counter)
        contacts[["a", "B", "_", "Z-", "z:"][number % 5] + String(number * 37)] = contact
    }
    let statements = try await store.saving(contacts.map { (key: $0.key, state: $0.value) }, at: now)
    _ = try await pool.run(statements + store.savingNumbering(counter))
    return contacts.mapValues(\.saved)
}
