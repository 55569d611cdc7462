import Ledger
import PostgreSQL

/// The migrations of the vault's two databases.
enum VaultMigrations {
    /// Migrations of the vault's own database.
    static let data = [
        Migration(101, "vault", PackageResources._01_vault_sql),
        Migration(102, "field locks", PackageResources._02_field_locks_sql),
        LedgerMigration.migration(number: 103),
        Migration(104, "access log", PackageResources._04_access_log_sql),
        Migration(105, "find mark", PackageResources._05_find_mark_sql),
    ]
    /// Migrations of the key store.
    static let keys = [
        Migration(201, "keys", PackageResources._01_keys_sql),
        Migration(202, "sealing keys", PackageResources._02_sealing_keys_sql),
        Migration(203, "find", PackageResources._03_find_sql),
        Migration(204, "key rotation", PackageResources._04_key_rotation_sql),
    ]
}
