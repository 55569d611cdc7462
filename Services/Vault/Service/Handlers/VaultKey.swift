import Cryptography
import Messaging
import Models

/// `vault.key`: the public key to which clients seal values (X4).
struct VaultKey: QueryHandler {
    static let type = "vault.key"
    static let exchange = Exchange.requests

    init(reading data: Reader) {}

    func answer(_ context: QueryContext<VaultEnvironment>) async throws -> JSON {
        guard let key = context.environment.sealing.published else {
            throw Refusal(.unavailable, "there is no key yet; ask again")
        }
        let members = key.jwkMembers.sorted { $0.key < $1.key }
        return ["jwk": .object(members.map { JSON.Member($0.key, .string($0.value)) })]
    }
}
