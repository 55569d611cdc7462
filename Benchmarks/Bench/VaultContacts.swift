import Cryptography
import Foundation
import Models
import PostgreSQL
import RabbitMQ

/// Contacts at the vault who consented to one sensitive field, and the values sealed for them.
struct VaultContacts {
    static let field = "creditCard"
    static let value = [UInt8]("4111111111111111".utf8)
    private static let limit = Duration.seconds(10)
    /// What consent orders where a contact grants; written by the owner of the vault's tables: consent does not run.
    private static let unlock = """
        INSERT INTO field_lock (contact, name, is_locked, is_cleared, sequence, order_id, ordered_at)
        SELECT contact, '\(field)', false, false, 1, gen_random_uuid(), now() FROM unnest($1::text[]) AS contact
        """

    let ids: [String]
    private let key: PublicSealingKey

    static func tell(_ count: Int, by publisher: Publisher) async throws -> VaultContacts {
        let ids = try await KnownContacts.tell(count, prefix: "vault", by: publisher)
        let vault = try await openDatabase("VAULT_DATABASE_OWNER_URL")
        _ = try await vault.run(Statement(unlock, [.texts(ids)]))
        await vault.close()
        let request = Publisher.message("requests", "vault.key", subject: "bench", [:])
        let jwk = try await publisher.ask(request, timeout: limit).data["jwk"]?.serialized ?? ""
        return VaultContacts(ids: ids, key: try PublicSealingKey(jwk: jwk))
    }

    /// `vault.store` of the one field, sealed anew.
    func store(_ contact: String) -> OutgoingMessage {
        let sealed = JWE.seal(Self.value, to: key, header: ["sub": contact, "field": Self.field])
        return Publisher.message(
            "requests", "vault.store", subject: contact,
            ["fields": .object([JSON.Member(Self.field, ["sealed": .string(sealed)])])])
    }
}
