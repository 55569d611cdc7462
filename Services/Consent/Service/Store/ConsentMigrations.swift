import FieldMemory
import PostgreSQL

/// The service's own migrations.
enum ConsentMigrations {
    static let all = [
        Migration(101, "contacts", PackageResources._01_contacts_sql),
        Migration(102, "conditions", PackageResources._02_conditions_sql),
        Migration(103, "decisions", PackageResources._03_decisions_sql),
        SensitiveFieldMigration.migration(number: 104),
        Migration(105, "page", PackageResources._05_page_sql),
        Migration(106, "workflows", PackageResources._06_workflows_sql),
    ]
}
