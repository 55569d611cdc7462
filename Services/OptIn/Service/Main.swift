import FieldMemory
import Messaging
import Models
import OptInDomain
import PostgreSQL
import ServiceKit
import Settings

/// The opt-in service: e-mail opt-in status, lists, permission to send.
@main
struct OptInMain {
    static func main() async {
        await Host.run(.optin, migrations: migrations) { host in
            try await host.keepSensitiveFields()
            let reads = OptInReads(pool: host.pool, replyWindow: host.settings.optIn.replyWindow)
            var plan = Host.Plan(
                store: OptInStore(),
                environment: OptIn.Environment(
                    settings: host.settings, addressKeys: try host.addressKeys(),
                    linkKeys: try host.keyRingFile("LINK_KEY_FILE"), reads: reads))
            plan.registry.add(ContactCreated.self)
            plan.registry.add(ContactUpdated.self)
            plan.registry.add(WebFormSubmitted.self)
            plan.registry.add(MailReceived.self)
            plan.registry.add(AddressHandler.self)
            plan.registry.add(AddressOptedOutHandler.self)
            plan.registry.add(MailDueHandler.self)
            plan.registry.add(MailSentHandler.self)
            plan.registry.add(ConfirmHandler.self)
            plan.registry.add(UnsubscribeHandler.self)
            plan.registry.add(EmailOrderHandler.self)
            plan.registry.add(OptInHeardHandler.self)
            plan.registry.add(OptInShow.self)
            plan.registry.add(OptInSet.self)
            plan.registry.add(OptInSubscribe.self)
            plan.registry.add(OptInLeave.self)
            plan.registry.add(OptInImport.self)
            plan.registry.add(ImportItem.self)
            plan.registry.add(OptInInvite.self)
            plan.registry.add(InviteItem.self)
            plan.jobs = [
                OptInImport.type: ImportJob(), OptInInvite.type: InviteJob(reads: reads, asker: host.asker),
            ]
            plan.queries.add(OptInCheck.self)
            plan.queries.add(GateHandler.self)
            plan.queries.add(ConfirmationHandler.self)
            plan.queries.add(EmailChoicesHandler.self)
            plan.queries.add(ListMembersHandler.self)
            plan.queries.add(OptInToldHandler.self)
            plan.queries.add(FollowedOrdersHandler.self)
            plan.companions.append(Reminders(host: host).companion)
            plan.recalls += [OptOutsRecall(), EmailOrdersRecall()]
            plan.companions.append(Sweep(pool: host.pool, settings: host.settings.optIn, log: host.log).companion)
            return plan
        }
    }

    static let migrations = [
        Migration(101, "opt-in", PackageResources._01_opt_in_sql),
        Migration(102, "addresses", PackageResources._02_addresses_sql),
        Migration(103, "standings", PackageResources._03_standings_sql),
        SensitiveFieldMigration.migration(number: 104),
        Migration(105, "lists", PackageResources._05_lists_sql),
        Migration(106, "orders", PackageResources._06_orders_sql),
    ]
}
