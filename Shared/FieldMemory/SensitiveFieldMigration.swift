package import PostgreSQL

/// The table of `SensitiveFieldStore`, which a service makes by one of its own migrations, as the vault's 102 does.
package enum SensitiveFieldMigration {
    /// The migration, under a number of the service's.
    package static func migration(number: Int) -> Migration {
        Migration(number, "sensitive fields", PackageResources.sensitive_fields_sql)
    }
}
