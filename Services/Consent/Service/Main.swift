import ConsentDomain
import ConsentPages
import LedgerService
import Messaging
import Models
import PostgreSQL
import ServiceKit
import Settings

/// The consent service: attributes for conditions, consents and their ledger, workflows, the contacts' web.
@main
struct Main {
    static func main() async {
        await Host.run(.consent, migrations: ConsentMigrations.all) { @Sendable host in
            try await host.keepSensitiveFields()
            let texts = ShownTexts(pool: host.pool)
            try await host.checkConfiguration { try await texts.require(yaml: $0, at: .now) }
            var environment = ConsentEnvironment(
                settings: host.settings, linkKeys: try host.keyRingFile("LINK_KEY_FILE"),
                publicURL: try host.environment.required("PUBLIC_URL"))
            let signing = try SigningKeys(host)
            let ledger = ServiceLedger(signing: signing)
            environment.ledger = ledger
            let telling = try await TellingWalk(host: host, rules: environment.rules)
            environment.telling = telling?.state
            environment.history = DecisionHistory(
                pool: host.pool, ledger: ledger, publicURL: environment.publicURL)
            var plan = Host.Plan(store: ConsentStore(), environment: environment)
            register(&plan)
            plan.jobs[ConsentInvite.type] = InvitePageJob(asker: host.asker)
            plan.companions.append(try await LedgerCheckpoints(host, signing: signing))
            let address = try ListenAddress(try host.environment.required("WEB_ADDRESS"), variable: "WEB_ADDRESS")
            let reports = EngagementReports(counting: environment.droppedEngagement) {
                try await host.publisher.publish($0)
            }
            // Before the web, which ends first.
            plan.companions.append(reports)
            let web = try ContactsWeb(
                renderer: PageRenderer(settings: host.settings), environment: environment,
                others: OtherServices(asker: host.asker), reads: PageReads(pool: host.pool),
                keys: KeysDocument(host, signing: signing), reports: reports,
                trustedProxy: try host.environment.optional("TRUSTED_PROXY"), log: host.log)
            plan.companions.append(web.application(at: address))
            plan.recalls += OrdersRecall.all
            plan.recalls.append(OptInToldRecall())
            plan.companions += [telling?.companion].compactMap { $0 }
            plan.companions += ExpirySweep(host: host, consents: environment.consents).companions
            plan.companions.append(SubmissionSweep(pool: host.pool, log: host.log).companion)
            plan.companions.append(WorkflowPublisher(host, environment).companion)
            plan.companions.append(FiringSweep(pool: host.pool, log: host.log).companion)
            return plan
        }
    }

    /// The messages that the service takes and the questions that it answers.
    private static func register(_ plan: inout Host.Plan<ConsentStore>) {
        plan.registry.add(ContactCreated.self)
        plan.registry.add(ContactUpdated.self)
        plan.registry.add(WebformSubmitted.self)
        plan.registry.add(ConsentShow.self)
        plan.registry.add(ConsentLink.self)
        plan.registry.add(ConsentRecord.self)
        plan.registry.add(ConsentHistory.self)
        plan.registry.add(FieldLockDoneHandler.self)
        plan.registry.add(PageFormHandler.self)
        plan.registry.add(PageConfirmHandler.self)
        plan.registry.add(EmailOrderDoneHandler.self)
        plan.registry.add(RightsRequestDoneHandler.self)
        plan.registry.add(MailEndedHandler.self)
        plan.registry.add(ConsentResume.self)
        plan.registry.add(ErasureRequested.self)
        plan.registry.add(AddressChangedHandler.self)
        plan.registry.add(ConsentDueHandler.self)
        plan.registry.add(TellHandler.self)
        plan.registry.add(ConsentInvite.self)
        plan.registry.add(InvitePageItem.self)
        plan.registry.add(OptInChanged.self)
        plan.registry.add(ListSubscribed.self)
        plan.registry.add(ListLeft.self)
        plan.registry.add(EngagementRecorded.self)
        plan.registry.add(EngagementNoticeHandler.self)
        plan.queries.add(TrackingHandler.self)
        plan.queries.add(ConsentCheck.self)
        plan.queries.add(ConsentReport.self)
        plan.queries.add(ConsentFind.self)
        plan.queries.add(FindHandler.self)
        plan.queries.add(FieldOrdersHandler.self)
        plan.queries.add(EmailOrdersHandler.self)
        plan.queries.add(RightsOrdersHandler.self)
        plan.queries.add(OptOutsHandler.self)
        plan.queries.add(RequestGateHandler.self)
        plan.queries.add(CheckpointHandler.self)
        plan.queries.add(ConsentProof.self)
        plan.queries.add(ConsentAudit.self)
        plan.queries.add(ConsentCheckpoint.self)
    }
}
