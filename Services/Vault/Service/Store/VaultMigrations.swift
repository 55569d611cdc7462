import PostgreSQL

/// The migrations of the vault's two databases.
enum VaultMigrations {
    /// Of the vault's own.
    static let data = [
        Migration(number: 101, name: "vault", sql: String(decoding: PackageResources._01_vault_sql, as: UTF8.self))
    ]
    /// Of the key store.
    static let keys = [
        Migration(number: 201, name: "keys", sql: String(decoding: PackageResources._01_keys_sql, as: UTF8.self))
    ]
}
