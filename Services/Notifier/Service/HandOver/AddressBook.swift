import Cryptography
import FoundationEssentials
import Messaging
import Models

/// Timeout of the question for a claim's addresses.
private let answerLimit = Duration.seconds(5)

/// The addresses of a claim's mails, requested from the vault in one sealed question (E3, X4) and kept no longer than
/// the claim.
struct AddressBook: Sendable {
    private let answer: ResolveAnswer

    /// Asks for the addresses and `fields`; the reply key is created for this question only.
    init(of mails: [ClaimedMail], fields: Set<String>, from asker: Asker) async throws {
        let key = PrivateSealingKey.generate()
        let question = ResolveQuestion(
            contacts: mails.map { .init(contact: $0.contact, addressHash: $0.addressHash) },
            fields: fields.sorted(), replyKey: try JSON(parsing: Array(key.publicKey.jwk.utf8)))
        let data = try await asker.ask(ResolveQuestion.type, subject: "mails", question.json, timeout: answerLimit)
        let sealed = try Reader(data, at: "/data").text("sealed", limit: JWE.longestCompact)
        let opened = try JWE.open(sealed) { $0 == key.publicKey.thumbprint ? key : nil }
        answer = try ResolveAnswer(reading: try Reader(try JSON(parsing: opened.plaintext), at: ""))
    }

    /// The vault's answer about a contact; a contact that is missing in the answer is unknown.
    func entry(_ contact: ContactID) -> ResolveAnswer.Contact { answer.contacts[contact.text] ?? .unknown }
}
