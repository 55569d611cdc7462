import Models
import Settings

/// How the messages of one type are read, in batches and as questions alike.
struct ReadingRule<Content: Sendable>: Sendable {
    let isAboutOneContact: Bool
    let permission: Permission?
    let read: @Sendable (Reader) throws(Refusal) -> Content
}

/// A message whose token is verified and whose data is read.
struct ReadMessage<Content: Sendable>: Sendable {
    let message: Message
    let verdict: TokenVerdict
    let content: Content
    /// Of a request, a member that the handler did not ask for (contract section 1).
    let unknownMember: Refusal?
}

extension TokenVerifier {
    /// Reads a message as far as it can be read without any state. The permission is judged before the data: a user who
    /// may not ask does not learn what is wrong with it.
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
