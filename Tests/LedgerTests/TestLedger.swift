import Cryptography
import Foundation
import Ledger
import Models
import PostgreSQL
import TestSupport
import Testing

/// A ledger in a schema of its own, seen as its owner and as the service, whose role may not change it.
struct TestLedger {
    let signer: CheckpointSigner
    let owner: Pool
    let service: Pool
    /// Records, reads and folds as the service.
    var reader: LedgerReader { LedgerReader(service) }
    var checkpointer: Checkpointer { Checkpointer(service, signer: { signer }) }

    /// Runs `body` on a fresh ledger, and drops it.
    static func with(_ body: (TestLedger) async throws -> Void) async throws {
        let url = try #require(TestDatabase.url)
        let name = "ledger_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        let superuser = try await Connection.open(try DatabaseAddress(url: url), name: "test")
        // The rights by default are those of Operations/database/database.sql.
        try await superuser.execute(
            script: """
                CREATE ROLE \(name)_owner LOGIN PASSWORD '\(name)';
                CREATE ROLE \(name) LOGIN PASSWORD '\(name)';
                CREATE SCHEMA \(name) AUTHORIZATION \(name)_owner;
                GRANT USAGE ON SCHEMA \(name) TO \(name);
                ALTER DEFAULT PRIVILEGES FOR ROLE \(name)_owner IN SCHEMA \(name)
                    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO \(name);
                """)
        let signer = try #require(
            CheckpointSigner(origin: "example.com/ledger", keys: try Ed25519KeyRing(json: signingKeys)))
        let owner = try address(url, schema: name, role: "\(name)_owner", password: name)
        let service = try address(url, schema: name, role: name, password: name)
        let ledger = TestLedger(
            signer: signer, owner: Pool(owner, name: "test", size: 2), service: Pool(service, name: "test", size: 6))
        let result: Result<Void, any Error>
        do {
            try await Migrations.apply([LedgerMigration.migration(number: 101)], to: owner)
            try await body(ledger)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await ledger.owner.close()
        await ledger.service.close()
        try await superuser.execute(
            script: """
                DROP SCHEMA \(name) CASCADE;
                DROP ROLE \(name)_owner, \(name);
                """)
        await superuser.close()
        try result.get()
    }

    private static func address(
        _ url: String, schema: String, role: String, password: String
    ) throws -> DatabaseAddress {
        var components = try #require(URLComponents(string: url))
        components.user = role
        components.password = password
        components.queryItems =
            (components.queryItems ?? []) + [URLQueryItem(name: "options", value: "-csearch_path=\(schema)")]
        return try DatabaseAddress(url: try #require(components.string))
    }

    /// Records `count` entries in a partition as a batch does, and returns their indexes.
    @discardableResult
    func record(_ count: Int, in partition: Int, contact: String? = "c-1") async throws -> [LedgerIndex] {
        let rows = try await service.run([LedgerStatements.nextNumber(partition: partition)])
        let (first, epoch) = (try rows[0][0].int64(0), try rows[0][0].int64(1))
        let entries = try (first..<first + Int64(count)).map { number in
            try LedgerEntry(
                LedgerIndex(partition: partition, number: number, epoch: epoch), statement: ["decision": "granted"],
                evidence: contact.map { ["contact": .string($0), "text": "I agree"] })
        }
        try await record(entries)
        return entries.map(\.index)
    }

    func record(_ entries: [LedgerEntry]) async throws {
        _ = try await service.run([Statement("BEGIN")] + LedgerStatements.insert(entries) + [Statement("COMMIT")])
    }

    /// Three partitions, five entries each, folded in three steps: 6, 9 and 15 leaves.
    func fill() async throws {
        for partition in 0..<3 { try await record(2, in: partition) }
        try await checkpointer.fold()
        for partition in 0..<3 { try await record(1, in: partition) }
        try await checkpointer.fold()
        for partition in 0..<3 { try await record(2, in: partition) }
        try await checkpointer.fold()
    }

    /// Takes the tree back to its first 9 leaves, as a backup of then has it; `unfolded` entries of each partition stay
    /// that no checkpoint of then had taken.
    func goBack(unfolded: Int64 = 0) async throws {
        try await tamper(
            """
            DELETE FROM ledger_checkpoint WHERE size > 9;
            DELETE FROM ledger_entry WHERE number > 3 + \(unfolded);
            DELETE FROM ledger_evidence WHERE number > 3 + \(unfolded);
            DELETE FROM ledger_leaf WHERE position >= 9;
            DELETE FROM ledger_node WHERE (index + 1) << level > 9
            """)
    }

    /// Begins a history as a service does whose database went back.
    func beginHistory(_ epoch: Int64) async throws {
        try await service.withConnection { connection in
            _ = try await connection.run([Statement("BEGIN")])
            try await LedgerEpoch.begin(
                epoch, partitions: 3, at: Timestamp(microseconds: 1_800_000_000_000_000), on: connection)
            _ = try await connection.run([Statement("COMMIT")])
        }
    }

    /// Runs SQL as the owner, who can change anything.
    func tamper(_ sql: String) async throws {
        try await owner.withConnection { try await $0.execute(script: sql) }
    }

    func audit(against notes: [String] = []) async throws -> LedgerReport {
        try await LedgerAudit(service, origin: signer.origin, keys: signer.verifierKeys).run(against: notes)
    }

    /// The findings' descriptions, sorted.
    func findings(against notes: [String] = []) async throws -> [String] {
        try await audit(against: notes).findings.map(\.description).sorted()
    }

    /// A number that the statement answers with.
    func number(_ sql: String) async throws -> Int64 {
        try await owner.run([Statement(varying: sql, [])])[0][0].int64(0)
    }
}
