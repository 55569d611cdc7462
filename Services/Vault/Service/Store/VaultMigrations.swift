import Ledger
import PostgreSQL

/// The migrations of the vault's two databases.
enum VaultMigrations {
    /// Of the vault's own.
    static let data = [
        migration(101, "vault", PackageResources._01_vault_sql),
        migration(102, "field locks", PackageResources._02_field_locks_sql),
        LedgerMigration.migration(number: 103),
        migration(104, "access log", PackageResources._04_access_log_sql),
        migration(105, "find mark", PackageResources._05_find_mark_sql),
    ]
    /// Of the key store.
    static let keys = [
        migration(201, "keys", PackageResources._01_keys_sql),
        migration(202, "sealing keys", PackageResources._02_sealing_keys_sql),
        migration(203, "find", PackageResources._03_find_sql),
        migration(204, "key rotation", PackageResources._04_key_rotation_sql),
    ]

    private static func migration(_ number: Int, _ name: String, _ sql: [UInt8]) -> Migration {
        Migration(number: number, name: name, sql: String(decoding: sql, as: UTF8.self))
    }
}
