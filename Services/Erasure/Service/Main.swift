import ErasureDomain
import Messaging
import Models
import PostgreSQL
import ServiceKit

/// The erasure service: it starts, migrates and answers health checks, but handles no messages yet.
@main
struct Main {
    static func main() async {
        await Host.run(.erasure, migrations: migrations) { @Sendable _ in
            Host.Plan(store: ErasureStore(), environment: .init())
        }
    }

    private static let migrations = [
        Migration(101, "contacts", PackageResources._01_contacts_sql)
    ]
}
