import Messaging
import OptInDomain
import PostgreSQL
import ServiceKit

/// The opt-in service: e-mail opt-in status, lists, permission to send.
@main
struct OptInMain {
    static func main() async {
        await Host.run(.optin, migrations: migrations) { host in
            var plan = Host.Plan(
                store: OptInStore(),
                environment: OptIn.Environment(
                    settings: host.settings, addressKeys: try host.keyRing("ADDRESS_KEY_FILE"),
                    reads: OptInReads(pool: host.pool)))
            plan.registry.add(ContactCreated.self)
            plan.registry.add(ContactUpdated.self)
            plan.registry.add(WebFormSubmitted.self)
            plan.registry.add(AddressDecided.self)
            plan.registry.add(ConfirmationAnswered.self)
            plan.registry.add(Unsubscribed.self)
            plan.registry.add(OptInShow.self)
            plan.queries.add(OptInCheck.self)
            plan.queries.add(GateAsked.self)
            plan.queries.add(ConfirmationAsked.self)
            return plan
        }
    }

    private static let migrations = [
        Migration(
            number: 101, name: "opt-in",
            sql: String(decoding: PackageResources._01_opt_in_sql, as: UTF8.self))
    ]
}
