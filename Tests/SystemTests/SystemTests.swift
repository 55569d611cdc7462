import Foundation
import Testing

/// The suite from outside: each test is a script under Tests/System that starts real processes with a broker and a
/// database of its own and talks to them as their users do.
@Suite(.serialized, .enabled(if: canRunScripts))
struct SystemTests {
    @Test("every message of the published contract has a schema and an example that fits it")
    func contract() async throws {
        let repository = systemFolder.deletingLastPathComponent().deletingLastPathComponent()
        try await run("schemas.py", repository.appending(path: "asyncapi.yaml").path)
    }

    @Test("the definitions file says what the services declare; with fewer partitions than queues none starts")
    func topology() async throws { try await run("topology.py") }

    @Test("O1–O13, X3 the walk: a form becomes a confirmed opt-in, a campaign arrives, one POST ends it")
    func walk() async throws { try await run("walk.py") }

    @Test("P1–P6, C1, C3–C5, O7 a contact decides on the page, confirms by mail, and it is in force everywhere")
    func page() async throws { try await run("page.py") }

    @Test("P6a a withdrawal counts at once where the deployment chose it, and a mailed link undoes it")
    func atOnce() async throws { try await run("page.py", "at-once") }

    @Test("V1–V5, X1, X4 the README's tour does, word for word, what the README says of it")
    func tour() async throws { try await run("tour.py") }

    @Test("O4–O10 statuses, imports, invitations, lists and addresses as users and publishers ask for them")
    func optInRequests() async throws { try await run("optin_requests.py") }

    @Test("C4, O7, O10, X5 what contacts decide about e-mail on their page, as consent orders it of opt-in")
    func optInOrders() async throws { try await run("optin_orders.py") }

    @Test("O1–O12 the model of opt-in says what the features say")
    func optInModel() async throws { try await run("optin_model.py") }

    @Test("O1–O12 random sequences of events end as the model says")
    func optInProperty() async throws { try await run("optin_property.py") }

    @Test("X3, O7 what a contact was told last holds, whoever works on the same contact at the same moment")
    func optInRaces() async throws { try await run("optin_races.py") }

    @Test("N1–N4, O9, P4 single mails, campaigns, footers, placeholders and progress as a client sees them")
    func mails() async throws { try await run("mails.py") }

    @Test("N2–N4, X5 a campaign of 10,000, every service and the broker killed: one mail each, and the counts add up")
    func campaign() async throws { try await run("campaign.py") }

    @Test("C6, C4, X5 workflows fire with their trigger, ask again at the effect, and act once, whoever is killed")
    func workflows() async throws { try await run("workflows.py") }
    @Test("C2 with the tracking consent alone mails carry a pixel and tracked links, and what is recorded counts")
    func engagement() async throws { try await run("engagement.py") }

    @Test("E3 nothing but the vault holds an address, and nothing holds a working link")
    func privacy() async throws { try await run("privacy.py") }

    @Test("what would make a reply or a batch too large stops no partition, and who asks behind it is answered")
    func large() async throws { try await run("large.py") }

    @Test("V3, X1 reveals are permitted, limited, logged before anything leaves, and none without a log")
    func reveal() async throws { try await run("reveal.py") }

    @Test("V3, X1 the log is shown and searched, and rows changed by the database's owner are found and located")
    func accessLog() async throws { try await run("access_log.py") }

    @Test("X1, X2, C0, C8 decisions are proved and receipts verified by another implementation, and changes are found")
    func consentLedger() async throws { try await run("consent_ledger.py") }

    @Test("P3 contacts are told of their page once, and of what is new on it, whoever is killed")
    func invitations() async throws { try await run("invitations.py") }

    @Test("C7 grants run out: asked once to renew, locked and cleared, whoever is killed")
    func expiry() async throws { try await run("expiry.py") }

    @Test("V3, C1 a faulty token reveals nothing, no other service orders a lock, and a full disk lets no reveal out")
    func vaultPermissions() async throws { try await run("vault_permissions.py") }

    @Test("V1, C1, X4 whatever the databases' owner changes shows nothing wrong, stops nobody else, and is mended")
    func vaultTampering() async throws { try await run("vault_tampering.py") }

    @Test("V1, V5, V6 whatever is changed in the vault's smaller tables ends no instance and shows nothing wrong")
    func vaultTables() async throws { try await run("vault_tables.py") }

    @Test("C1, X3, X5 after a revocation nothing is stored or revealed, whoever races it and whoever is killed")
    func vaultRaces() async throws { try await run("vault_races.py") }

    @Test("N1 what could break out of a header is refused or arrives as data")
    func injection() async throws { try await run("injection.py") }

    @Test("contract section 1: each account may publish what its row of the table says")
    func accounts() async throws { try await run("accounts.py") }

    @Test("X5 a process killed between any two steps of the way of a message loses and repeats nothing")
    func crashes() async throws { try await run("runtime_crashes.py") }

    @Test("X5 the same message twice is one, with another body it is a conflict")
    func duplicates() async throws { try await run("runtime_duplicates.py") }

    @Test("messages about a contact take effect in their order, whoever is killed, and partitions are shared")
    func order() async throws { try await run("runtime_order.py") }

    @Test("what cannot be accepted is taken out, and what kills the process is found")
    func poison() async throws { try await run("runtime_poison.py") }

    @Test("X3 a withdrawal is acknowledged when no permission can still be used; SIGTERM under load ends in 3 s")
    func leases() async throws { try await run("runtime_leases.py") }

    @Test("V7 what a request or a profile may not bring is refused with its place, and tokens say what is wrong")
    func inputs() async throws { try await run("inputs.py") }

    @Test("nothing forged takes effect")
    func forgeries() async throws { try await run("forgeries.py") }

    @Test("no reply queue and no listener to the facts stops a service")
    func hostileQueues() async throws { try await run("hostile_queues.py") }

    @Test("X5 what the broker dies of, and queues that reject or never confirm facts, hold up nobody")
    func hostileFacts() async throws { try await run("hostile_facts.py") }

    @Test("10,000 mutated messages are each kept with their reason or answered, and no process dies")
    func mutations() async throws { try await run("mutations.py", "10000") }
}
