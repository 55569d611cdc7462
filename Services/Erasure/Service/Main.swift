import Messaging
import Models
import ServiceKit

/// The erasure service: it records the contacts' requests for an erasure or a copy of their data; nothing carries them
/// out yet.
@main
struct Main {
    static func main() async {
        await Host.run(.erasure, migrations: ErasureMigrations.all) { @Sendable _ in
            var plan = Host.Plan(store: ErasureStore(), environment: ErasureEnvironment())
            plan.registry.add(ErasureRequest.self)
            plan.registry.add(RightsRequestHandler.self)
            plan.queries.add(ErasureList.self)
            plan.queries.add(RightsRequestsHandler.self)
            plan.recalls.append(RightsOrdersRecall())
            return plan
        }
    }
}
