import ConsentDomain
import Messaging
import Models
import PostgreSQL
import Testing

@testable import ConsentService

let decisionTime = Timestamp(microseconds: 1_763_800_000_000_000)

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
    let statements = try await store.saving(contacts.map { (key: $0.key, state: $0.value) }, at: decisionTime)
    _ = try await pool.run(statements + store.savingNumbering(counter))
    return contacts.mapValues(\.saved)
}

/// One message's way through the store, in the transaction of a batch.
func decide(
    _ contact: String, in partition: Int, _ pool: Pool, abandoning: Bool = false, at time: Timestamp = decisionTime,
    _ body: (inout ConsentContact) throws -> Void
) async throws {
    let store = ConsentStore()
    try await pool.withConnection { connection in
        let loading = store.loading([contact])
        let numbering = store.loadingNumbering(of: partition)
        // A batch locks its partition's row; here the lock needs no row.
        let lock = Statement("SELECT pg_advisory_xact_lock($1)", [.int8(Int64(partition))])
        let rows = try await connection.run([Statement("BEGIN"), lock] + loading + numbering).dropFirst()
        let loaded = try await store.states(of: [contact], from: rows[2..<2 + loading.count])
        var state = loaded[contact] ?? ConsentContact(exists: true, locale: nil, attributes: [:])
        state.numbering = try store.numbering(of: partition, from: rows[(2 + loading.count)...])
        try body(&state)
        let counter = try #require(state.numbering)
        state.numbering = nil
        let saving = try await store.saving([(key: contact, state: state)], at: time)
        _ = try await connection.run(
            saving + store.savingNumbering(counter)
                + [Statement(abandoning ? "ROLLBACK" : "COMMIT")])
    }
}
