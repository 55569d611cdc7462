import Models
import Settings

/// The rule for reading messages of one type, used for batches and questions.
struct ReadingRule<Content: Sendable>: Sendable {
    let isAboutOneContact: Bool
    let permission: Permission?
    let read: @Sendable (Reader) throws(Refusal) -> Content
}

/// A message whose token is verified and whose data is parsed.
struct ReadMessage<Content: Sendable>: Sendable {
    let message: Message
    let verdict: TokenVerdict
    let content: Content
    /// The refusal of a member that the handler did not read, in a request only (contract section 1).
    let unknownMember: Refusal?
}

extension TokenVerifier {
    /// Verifies and parses a message without any state. The permission is checked before the data, so that a user
    /// without it learns nothing about the data's errors.
    func read<Content>(
        _ message: Message, by rule: ReadingRule<Content>?
    ) async throws(Refusal) -> ReadMessage<Content> {
        var verdict = TokenVerdict.none(.missing)
        if let authorization = message.authorization {
            verdict = await verify(authorization, message: message, now: .now)
        }
        guard let rule else { throw Refusal(.malformed, "nobody takes this type", at: "/type") }
        guard !rule.isAboutOneContact || ContactID(message.event.subject) != nil else {
            throw Refusal(.malformed, "must be 1 to 128 of A-Z a-z 0-9 . _ : -", at: "/subject")
        }
        try verdict.require(rule.permission)
        let reader = try message.reader
        let content = try rule.read(reader)
        var unknownMember: Refusal?
        do throws(Refusal) { try reader.refuseUnknown() } catch { unknownMember = error }
        return ReadMessage(message: message, verdict: verdict, content: content, unknownMember: unknownMember)
    }
}
