import Cryptography
import Foundation
import Keys
import PostgreSQL
import TestSupport
import Testing

@testable import VaultService

/// The sealing keys' rows on a real server.
@Suite(.database)
struct SealingKeyTests {
    private func withKeys(_ body: (SealingKeyStore, Pool) async throws -> Void) async throws {
        try await TestDatabase.withSchema(VaultMigrations.keys) { pool in
            try await body(SealingKeyStore(pool: pool, keys: HeldKeys(try keyRing(1))), pool)
        }
    }

    private func sealed(to keys: SealingKeys) throws -> String {
        let key = try #require(keys.published)
        return JWE.seal([UInt8]("4111".utf8), to: key, header: ["sub": "c-1", "field": "creditCard"])
    }

    private func opens(_ keys: SealingKeys, _ compact: String) -> Bool {
        keys.open(compact, contact: "c-1", field: "creditCard") == [UInt8]("4111".utf8)
    }

    @Test("X4 of instances that start at once one makes the first key, and all open what is sealed to it")
    func race() async throws {
        try await withKeys { store, pool in
            let instances = (0..<8).map { _ in SealingKeys(store: store) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for instance in instances { group.addTask { try await instance.start() } }
                try await group.waitForAll()
            }
            let published = Set(instances.compactMap(\.published))
            #expect(published.count == 1)
            #expect(try await pool.run([Statement("SELECT count(*) FROM sealing_key")])[0][0].int64(0) == 1)
            let compact = try sealed(to: instances[0])
            #expect(instances.allSatisfy { opens($0, compact) })
        }
    }

    @Test("X4 a new key is published when all have had time to read it; the one before opens for 7 days, then is gone")
    func turnsOver() async throws {
        try await withKeys { store, pool in
            let keys = SealingKeys(store: store)
            try await keys.start()
            let first = try #require(keys.published)
            let old = try sealed(to: keys)
            _ = try await pool.run([Statement("UPDATE sealing_key SET created_at = now() - interval '1 hour'")])
            try await store.turnOver()
            try await keys.refresh()
            #expect(keys.published == first && opens(keys, old))
            let settle = "UPDATE sealing_key SET created_at = now() - interval '5 s' WHERE retired_at IS NULL"
            _ = try await pool.run([Statement(settle)])
            try await keys.refresh()
            #expect(keys.published != first && opens(keys, old))
            #expect(opens(keys, try sealed(to: keys)))
            func age(_ interval: String) async throws {
                let statement = "UPDATE sealing_key SET retired_at = now() - interval '\(interval)'"
                _ = try await pool.run([Statement(statement + " WHERE retired_at IS NOT NULL")])
                try await keys.refresh()
            }
            try await age("6 days 23 hours")
            #expect(opens(keys, old))
            try await age("7 days")
            #expect(!opens(keys, old))
            #expect(try await pool.run([Statement("SELECT count(*) FROM sealing_key")])[0][0].int64(0) == 1)
        }
    }

    @Test(
        "X4 a sealing key's row that was tampered with opens nothing",
        arguments: [
            "kid = 'x' || kid", "version = 2", "sealed = sealed || '\\x00'", "sealed = substr(sealed, 1, 40)",
            "sealed = set_byte(sealed, 0, get_byte(sealed, 0) # 1)",
            "sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)",
            "sealed = set_byte(sealed, 59, get_byte(sealed, 59) # 1)", "sealed = ''",
        ])
    func tampered(_ change: String) async throws {
        try await withKeys { store, pool in
            try await store.makeFirst()
            #expect(try await store.rows().count == 1)
            _ = try await pool.run([Statement("UPDATE sealing_key SET " + change)])
            #expect(try await store.rows().isEmpty)
        }
    }

    @Test("X4 two keys whose sealed halves were swapped open nothing, and nobody can make two current")
    func swapped() async throws {
        try await withKeys { store, pool in
            try await store.makeFirst()
            try await store.turnOver()
            let swap = """
                UPDATE sealing_key a SET sealed = b.sealed FROM sealing_key b WHERE a.kid <> b.kid
                """
            _ = try await pool.run([Statement(swap)])
            #expect(try await store.rows().isEmpty)
            await #expect(throws: DatabaseError.self) {
                try await pool.run([Statement("UPDATE sealing_key SET retired_at = NULL")])
            }
        }
    }

    @Test("X4 the key store holds no private half in the clear")
    func hidden() async throws {
        try await withKeys { store, pool in
            try await store.makeFirst()
            let bytes = try await store.rows()[0].key.bytes
            let sealed = try await pool.run([Statement("SELECT sealed FROM sealing_key")])[0][0].bytes(0)
            #expect(sealed.count == 12 + 32 + 16 && sealed.firstRange(of: bytes) == nil)
        }
    }
}
