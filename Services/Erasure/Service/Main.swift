import ErasureDomain
import Messaging
import PostgreSQL
import ServiceKit

/// The erasure service: starts, migrates and answers health checks; no message is bound yet.
@main
struct Main {
    static func main() async {
        await Host.run(.erasure, migrations: migrations) { @Sendable _ in
            Host.Plan(store: ErasureStore(), environment: .init())
        }
    }

    private static let migrations = [
        Migration(
            number: 101, name: "contacts", sql: String(decoding: PackageResources._01_contacts_sql, as: UTF8.self))
    ]
}
