import FieldMemory
import Ledger
import PostgreSQL

/// The service's own migrations.
enum ConsentMigrations {
    static let all = [
        Migration(101, "contacts", PackageResources._01_contacts_sql),
        Migration(102, "conditions", PackageResources._02_conditions_sql),
        Migration(103, "decisions", PackageResources._03_decisions_sql),
        SensitiveFieldMigration.migration(number: 104),
        Migration(105, "page", PackageResources._05_page_sql),
        LedgerMigration.migration(number: 106),
        Migration(107, "shown texts", PackageResources._07_shown_texts_sql),
        Migration(108, "workflows", PackageResources._08_workflows_sql),
        Migration(109, "expiry", PackageResources._09_expiry_sql),
        Migration(110, "told", PackageResources._10_told_sql),
    ]
}
