import Foundation
import RabbitMQ
import Testing

/// The broker that the test run names: `AMQP_TEST_URL` (an account with administrator rights), `AMQPS_TEST_URL` (the
/// same over TLS, with `cacertfile`), `BROKER_CTL` (a command that runs `rabbitmqctl` against it).
enum TestBroker {
    /// The vhost of the running test, fresh for its suite.
    @TaskLocal static var virtualHost = "/"

    static var isThere: Bool { environment("AMQP_TEST_URL") != nil }

    static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The address with the test's own vhost.
    static func address() throws -> BrokerAddress {
        try BrokerAddress(url: url("AMQP_TEST_URL"))
    }

    /// The text of an address with the test's own vhost, for tests that change a part of it.
    static func url(_ variable: String) throws -> String {
        let url = try #require(environment(variable), "\(variable) is not set")
        let parts = url.split(separator: "?", maxSplits: 1)
        let beforeQuery = try #require(parts.first).split(separator: "/", omittingEmptySubsequences: true)
        let base = try #require(beforeQuery.count >= 2 ? "\(beforeQuery[0])//\(beforeQuery[1])" : nil)
        let path = virtualHost == "/" ? "/%2F" : "/\(virtualHost)"
        return base + path + (parts.count == 2 ? "?\(parts[1])" : "")
    }

    static func connect(_ name: String = "test") async throws -> Connection {
        try await Connection.open(address(), name: name)
    }

    /// Runs `rabbitmqctl`; its words are quotable, since no argument is.
    static func control(_ arguments: String...) async throws {
        let command = try #require(environment("BROKER_CTL"), "BROKER_CTL is not set")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec \(command) \"$@\"", "sh"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        try #require(status == 0, "rabbitmqctl \(arguments.first ?? "") ended with \(status)")
    }

    static func uniqueName(_ prefix: String) -> String {
        "\(prefix)-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    }

    static let quorum: [String: HeaderValue] = ["x-queue-type": .string("quorum")]

    /// Declares a quorum queue and gives its name.
    static func quorumQueue(
        _ connection: Connection, _ arguments: [String: HeaderValue] = [:]
    ) async throws -> String {
        let name = uniqueName("queue")
        try await connection.declare([.queue(name: name, arguments: quorum.merging(arguments) { $1 })])
        return name
    }
}

/// Gives a suite or a test a vhost of its own and takes it away afterwards.
struct FreshVirtualHost: SuiteTrait, TestTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let name = TestBroker.uniqueName("test")
        let user = try TestBroker.address().user
        try await TestBroker.control("add_vhost", name)
        try await TestBroker.control("set_permissions", "-p", name, user, ".*", ".*", ".*")
        let result: Result<Void, any Error>
        do {
            result = .success(try await TestBroker.$virtualHost.withValue(name, operation: function))
        } catch {
            result = .failure(error)
        }
        try await TestBroker.control("delete_vhost", name)
        try result.get()
    }

    func scopeProvider(for test: Test, testCase: Test.Case?) -> FreshVirtualHost? {
        // One vhost for a whole suite; for a test that asks itself, one of its own.
        test.isSuite || testCase != nil ? self : nil
    }
}

extension Trait where Self == FreshVirtualHost {
    static var freshVirtualHost: Self { FreshVirtualHost() }
}

/// Everything that needs a broker.
@Suite(.enabled(if: TestBroker.isThere), .freshVirtualHost, .timeLimit(.minutes(10)))
enum BrokerTests {}

/// Expects that the work throws an error of this kind.
func expect(
    _ kind: BrokerError.Kind, sourceLocation: SourceLocation = #_sourceLocation, _ work: () async throws -> Void
) async {
    do {
        try await work()
        Issue.record("no error, expected \(kind)", sourceLocation: sourceLocation)
    } catch let error as BrokerError {
        #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

extension Connection {
    /// Takes exactly so many deliveries.
    func take(_ count: Int) async throws -> [Delivery] {
        var result: [Delivery] = []
        while result.count < count { result += try await deliveries(atMost: count - result.count) }
        return result
    }
}
