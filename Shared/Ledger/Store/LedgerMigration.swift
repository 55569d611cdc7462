package import PostgreSQL

/// The ledger's tables, which a service makes by one of its own migrations.
package enum LedgerMigration {
    /// The tables that only their owner can change, for `Migrations.apply(_:to:grantTo:appendOnly:)`. The migration
    /// itself takes these rights from the roles that have them by default.
    package static let appendOnly: Set<String> = [
        "ledger_entry", "ledger_epoch", "ledger_leaf", "ledger_node", "ledger_checkpoint",
    ]

    /// The migration, under a number of the service's.
    package static func migration(number: Int) -> Migration {
        Migration(number, "ledger", PackageResources.ledger_sql)
    }
}
