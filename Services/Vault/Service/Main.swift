import Keys
import LedgerService
import Messaging
import Models
import PostgreSQL
import ServiceKit

/// Connections to the key store: one per partition, and two for background work.
private let keyStoreConnections = 10
/// Connections to the key store for answering questions.
private let questionConnections = 4
/// Connections to the key store for resolving addresses of mails, a few batches at a time.
private let resolvingConnections = 2

/// The vault: the contacts' personal fields, encrypted.
@main
struct VaultMain {
    static func main() async {
        await Host.run(.vault, migrations: VaultMigrations.data, plan: plan)
    }

    private static func plan(_ host: Host) async throws -> Host.Plan<FieldsStore> {
        let signing = try SigningKeys(host)
        var environment = try await VaultEnvironment(host)
        environment.ledger = ServiceLedger(signing: signing)
        let store = FieldsStore(
            keys: environment.keys, sealing: environment.sealing, find: environment.find)
        var plan = Host.Plan(store: store, environment: environment)
        plan.registry.add(ContactCreated.self)
        plan.registry.add(ContactUpdated.self)
        plan.registry.add(WebformSubmitted.self)
        plan.registry.add(VaultStore.self)
        plan.registry.add(VaultRead.self)
        plan.registry.add(FieldLockHandler.self)
        plan.registry.add(VaultReveal.self)
        plan.queries.add(VaultKey.self)
        plan.queries.add(VaultExport.self)
        plan.queries.add(VaultFind.self)
        plan.queries.add(ResolveHandler.self)
        plan.queries.add(ResolveWorkflowHandler.self)
        plan.queries.add(FieldLocksHandler.self)
        plan.recalls.append(FieldOrdersRecall())
        plan.queries.add(VaultLog.self)
        plan.queries.add(VaultAudit.self)
        plan.queries.add(VaultProof.self)
        plan.queries.add(VaultCheckpoint.self)
        let refresh = KeyRefresh(
            instance: host.instance.connection("keys"), keys: environment.keys, sealing: environment.sealing,
            log: host.log)
        try await refresh.beat()
        plan.companions.append(refresh)
        plan.companions.append(try await LedgerCheckpoints(host, signing: signing))
        plan.companions.append(AccessSummaries(pool: host.pool, log: host.log).companion)
        let passes = FindReindexing(data: host.pool, keys: environment.keys, index: environment.find)
        try await passes.enlist()
        plan.companions.append(FindUpkeep(passes: passes, log: host.log))
        return plan
    }
}

extension VaultEnvironment {
    /// Opens the key store, which is a separate database with an owner of its own.
    init(_ host: Host) async throws {
        try await host.keepSensitiveFields()
        if let owner = try host.environment.optional("KEYS_DATABASE_OWNER_URL") {
            try await Host.migrate(VaultMigrations.keys, to: try DatabaseAddress(url: owner), log: host.log)
        }
        let address = try DatabaseAddress(url: try host.environment.required("KEYS_DATABASE_URL"))
        let pool = Pool(address, name: host.instance.connection("keys"), size: keyStoreConnections)
        let file = KeyFile(path: try host.environment.required("VAULT_KEYS_FILE"))
        let keys = KeyStore(pool: pool, ring: try HeldKeys(file))
        try await keys.requireVersions(log: host.log)
        let questions = Pool(address, name: host.instance.connection("questions"), size: questionConnections)
        self.init(
            settings: host.settings, addressKeys: try host.addressKeys(), keys: keys,
            questions: questions,
            resolving: Pool(address, name: host.instance.connection("resolving"), size: resolvingConnections))
        try await sealing.start()
    }
}
