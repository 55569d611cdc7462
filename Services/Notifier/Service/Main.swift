import Logging
import Messaging
import Models
import PostgreSQL
import ServiceKit

/// Workers that hand mails over, each with a connection to the mail server.
private let workers = 4

/// The notifier: sends every outgoing mail.
@main
struct NotifierMain {
    private static let migrations = [
        Migration(101, "mails", PackageResources._01_mails_sql)
    ]

    static func main() async {
        await Host.run(.notifier, migrations: migrations, plan: plan)
    }

    private static func plan(_ host: Host) async throws -> Host.Plan<MailStore> {
        let site = try PublicAddress(try host.environment.required("PUBLIC_URL"))
        let checkpoint = NewestCheckpoint()
        let writer = try MailWriter(
            settings: host.settings, site: site, links: try host.keyRingFile("LINK_KEY_FILE"), checkpoint: checkpoint)
        let destination = try MailDestination(host.environment, site: site)
        if destination.isUnprotected {
            host.log.warning("mails leave this machine without TLS: SMTP_URL says tls=none")
        }
        var plan = Host.Plan(store: MailStore(), environment: NotifierEnvironment(settings: host.settings))
        plan.registry.add(MailHandler.self)
        plan.registry.add(MailHandedHandler.self)
        plan.registry.add(MailCampaign.self)
        plan.registry.add(MailSend.self)
        plan.queries.add(MailProgressAsked.self)
        plan.queries.add(MailShow.self)
        plan.jobs[MailCampaign.type] = CampaignWork(asker: host.asker)
        plan.companions.append(checkpoint.watch(host.asker, log: host.log))
        plan.companions.append(MailRetention(host).companion)
        plan.companions.append(HandOver(host, writer: writer, transports: try destination.transports(workers)))
        return plan
    }
}
