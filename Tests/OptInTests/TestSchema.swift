import Foundation
import PostgreSQL
import Testing

/// An owner's URL of the server under test.
let serverURL = ProcessInfo.processInfo.environment["DATABASE_TEST_URL"]

/// Runs `body` on a fresh schema with these migrations, and drops it.
func withSchema(_ migrations: [Migration], _ body: (Pool) async throws -> Void) async throws {
    let url = try #require(serverURL)
    let schema = "optin_" + UUID().uuidString.lowercased().filter { $0 != "-" }
    let owner = try await Connection.open(try DatabaseAddress(url: url), name: "test")
    try await owner.execute(script: "CREATE SCHEMA \(schema)")
    var components = try #require(URLComponents(string: url))
    components.queryItems =
        (components.queryItems ?? []) + [URLQueryItem(name: "options", value: "-csearch_path=\(schema)")]
    let address = try DatabaseAddress(url: try #require(components.string))
    let pool = Pool(address, name: "test", size: 2)
    let result: Result<Void, any Error>
    do {
        try await Migrations.apply(migrations, to: address)
        try await body(pool)
        result = .success(())
    } catch {
        result = .failure(error)
    }
    await pool.close()
    try await owner.execute(script: "DROP SCHEMA \(schema) CASCADE")
    await owner.close()
    try result.get()
}
