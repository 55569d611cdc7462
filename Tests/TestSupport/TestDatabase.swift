import Foundation
package import PostgreSQL
package import Testing

/// The server under test: an owner's URL in the environment. A schema of its own serves each test.
package enum TestDatabase {
    package static let url = ProcessInfo.processInfo.environment["DATABASE_TEST_URL"]
    package static let tlsURL = ProcessInfo.processInfo.environment["DATABASE_TLS_TEST_URL"]

    /// The address of the test's server with one parameter of the URL set anew.
    package static func address(_ parameters: [String: String] = [:], of url: String? = url) throws -> DatabaseAddress {
        try DatabaseAddress(url: changedURL(parameters, of: url))
    }

    package static func changedURL(_ parameters: [String: String] = [:], of url: String? = url) throws -> String {
        guard let url, var components = URLComponents(string: url) else { throw Missing.url }
        var items = (components.queryItems ?? []).filter { parameters[$0.name] == nil }
        items += parameters.map { URLQueryItem(name: $0.key, value: $0.value) }
        components.queryItems = items
        guard let changed = components.string else { throw Missing.url }
        return changed
    }

    package static func connection(limits: ConnectionLimits = .service) async throws -> Connection {
        try await Connection.open(address(), name: "test", limits: limits)
    }

    /// Runs `body` with an address whose schema is fresh, and drops the schema.
    package static func withSchema(_ body: (DatabaseAddress, String) async throws -> Void) async throws {
        let schema = "test_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        let owner = try await connection()
        try await owner.execute(script: "CREATE SCHEMA \(schema)")
        let result: Result<Void, any Error>
        do {
            try await body(address(["options": "-csearch_path=\(schema)"]), schema)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await owner.execute(script: "DROP SCHEMA \(schema) CASCADE")
        await owner.close()
        try result.get()
    }

    /// Runs `body` on a fresh schema with these migrations, and drops it.
    package static func withSchema(_ migrations: [Migration], _ body: (Pool) async throws -> Void) async throws {
        try await withSchema { address, _ in
            try await Migrations.apply(migrations, to: address)
            let pool = Pool(address, name: "test", size: 2)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(pool))
            } catch {
                result = .failure(error)
            }
            await pool.close()
            try result.get()
        }
    }

    /// Waits for a condition, not for a time.
    package static func until(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(15)
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw Missing.condition }
            await Task.yield()
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Needs `DATABASE_TEST_URL`.
    package static var database: Self { .enabled(if: TestDatabase.url != nil, "DATABASE_TEST_URL is not set") }
    /// Needs `DATABASE_TLS_TEST_URL`.
    package static var databaseTLS: Self {
        .enabled(if: TestDatabase.tlsURL != nil, "DATABASE_TLS_TEST_URL is not set")
    }
}

/// The error that `body` throws.
package func databaseError(_ body: () async throws -> Void) async throws -> DatabaseError {
    do {
        try await body()
    } catch let error as DatabaseError {
        return error
    }
    throw Missing.error
}

private enum Missing: Error { case url, error, condition }
