import FieldMemory
import PostgreSQL

/// The service's own migrations.
enum ConsentMigrations {
    static let all = [
        Migration(
            number: 101, name: "contacts", sql: String(decoding: PackageResources._01_contacts_sql, as: UTF8.self)),
        Migration(
            number: 102, name: "conditions", sql: String(decoding: PackageResources._02_conditions_sql, as: UTF8.self)),
        Migration(
            number: 103, name: "decisions", sql: String(decoding: PackageResources._03_decisions_sql, as: UTF8.self)),
        SensitiveFieldMigration.migration(number: 104),
    ]
}
