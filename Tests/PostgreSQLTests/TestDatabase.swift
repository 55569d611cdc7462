import Foundation
import PostgreSQL
import Testing

/// The server under test: an owner's URL in the environment. A schema of its own serves each test.
enum TestDatabase {
    static let url = ProcessInfo.processInfo.environment["DATABASE_TEST_URL"]
    static let tlsURL = ProcessInfo.processInfo.environment["DATABASE_TLS_TEST_URL"]

    /// The address of the test's server with one parameter of the URL set anew.
    static func address(_ parameters: [String: String] = [:], of url: String? = url) throws -> DatabaseAddress {
        try DatabaseAddress(url: changedURL(parameters, of: url))
    }

    static func changedURL(_ parameters: [String: String] = [:], of url: String? = url) throws -> String {
        let url = try #require(url)
        var components = try #require(URLComponents(string: url))
        var items = (components.queryItems ?? []).filter { parameters[$0.name] == nil }
        items += parameters.map { URLQueryItem(name: $0.key, value: $0.value) }
        components.queryItems = items
        return try #require(components.string)
    }

    static func connection(limits: ConnectionLimits = .service) async throws -> Connection {
        try await Connection.open(address(), name: "test", limits: limits)
    }

    /// Runs `body` with an address whose schema is fresh, and drops the schema.
    static func withSchema(_ body: (DatabaseAddress, String) async throws -> Void) async throws {
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

    /// Waits for a condition, not for a time.
    static func until(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(15)
        while try await !condition() {
            try #require(ContinuousClock.now < deadline, "the condition did not come true in time")
            await Task.yield()
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Needs `DATABASE_TEST_URL`.
    static var database: Self { .enabled(if: TestDatabase.url != nil, "DATABASE_TEST_URL is not set") }
    /// Needs `DATABASE_TLS_TEST_URL`.
    static var databaseTLS: Self { .enabled(if: TestDatabase.tlsURL != nil, "DATABASE_TLS_TEST_URL is not set") }
}

/// The error that `body` throws.
func databaseError(_ body: () async throws -> Void) async throws -> DatabaseError {
    do {
        try await body()
    } catch let error as DatabaseError {
        return error
    }
    throw Missing.error
}

enum Missing: Error { case error }
