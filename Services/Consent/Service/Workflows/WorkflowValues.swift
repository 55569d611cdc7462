import Cryptography
import FoundationEssentials
import Messaging
import Models

/// Timeout of a question to the vault.
private let answerLimit = Duration.seconds(5)
/// The name under which a rule asks for the contact's address.
private let addressName = "email"

/// The values of fields that workflows' messages carry, asked for when the messages are published (E3): sealed on the
/// broker (X4), and kept no longer than the turn.
struct WorkflowValues: Sendable {
    /// The vault's answer about one message.
    enum Answer: Sendable {
        case values([String: String])
        /// The vault does not know the contact yet.
        case unknown
        case erased
        /// The vault did not answer.
        case unavailable
    }

    let asker: Asker
    /// Names that consent itself holds.
    let attributes: Set<String>

    /// The values by the firing's id. Each message has a question of its own, so that each answer fits a reply.
    func read(_ wanted: [(firing: FiringReads.Firing, fields: [String])]) async -> [UUID: Answer] {
        await withTaskGroup(of: (UUID, Answer).self) { group in
            for (firing, fields) in wanted {
                let asked = fields.filter { !attributes.contains($0) }
                group.addTask { (firing.id, await answer(firing.contact, asked)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private func answer(_ contact: String, _ fields: [String]) async -> Answer {
        guard !fields.isEmpty else { return .values([:]) }
        guard let contact = ContactID(contact) else { return .unknown }
        do {
            let key = PrivateSealingKey.generate()
            let question = ResolveQuestion(
                contacts: [ResolveQuestion.Contact(contact: contact, addressHash: nil)],
                fields: fields.filter { $0 != addressName },
                replyKey: try JSON(parsing: Array(key.publicKey.jwk.utf8)))
            let data = try await asker.ask(
                ResolveQuestion.typeForWorkflows, subject: "workflows", question.json, timeout: answerLimit)
            let sealed = try Reader(data, at: "/data").text("sealed", limit: JWE.longestCompact)
            let opened = try JWE.open(sealed) { $0 == key.publicKey.thumbprint ? key : nil }
            let found = try ResolveAnswer(reading: try Reader(try JSON(parsing: opened.plaintext), at: ""))
            switch found.contacts[contact.text] ?? .unknown {
            case .found(let email, _, _, var values):
                if fields.contains(addressName) { values[addressName] = email }
                return .values(values)
            case .unknown: return .unknown
            case .erased: return .erased
            }
        } catch {
            return .unavailable
        }
    }
}
