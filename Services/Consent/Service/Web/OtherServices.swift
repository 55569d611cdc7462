import FoundationEssentials
import Messaging
import Models

/// An answer to a question is there at once or the page says to try again.
private let questionTimeout = Duration.seconds(2)
/// An opt-out is answered only once no permission to send is left (X3), which takes a second at least.
private let orderTimeout = Duration.seconds(5)

/// What the web asks the services behind it.
struct OtherServices: Sendable {
    let asker: Asker

    /// What a link of a double-opt-in mail opens.
    func confirmation(_ id: UUID) async throws(AskError) -> ConfirmationAnswer {
        let question = ConfirmationQuestion(confirmation: id)
        let data = try await asker.ask(
            ConfirmationQuestion.type, subject: id.text, question.json, timeout: questionTimeout)
        let answer: ConfirmationAnswer
        do throws(Refusal) {
            answer = try ConfirmationAnswer(reading: try Reader(data, at: "/data"))
        } catch {
            throw .unreachable
        }
        // An opt-out that is read off a state is shown later: its own acknowledgement may still be waiting (X3).
        if answer.state == .declined { try? await Task.sleep(for: Lease.runOut) }
        return answer
    }

    /// Whether no mail goes to the contact any more because they opted out; false where that cannot be read.
    func hasOptedOut(_ contact: ContactID, mail: UUID, timeout: Duration = questionTimeout) async -> Bool {
        let question = GateQuestion([.init(mail: mail, contact: contact, category: .campaign(list: nil))])
        let data = try? await asker.ask(
            GateQuestion.type, subject: contact.text, question.json, timeout: timeout)
        guard data?["refused"]?[mail.text]?.text == "opt-out-contact" else { return false }
        try? await Task.sleep(for: Lease.runOut)
        return true
    }

    /// Carries out a button of the double-opt-in page.
    func confirm(_ order: ConfirmOrder, of contact: ContactID) async throws(AskError) -> ConfirmOutcome {
        let data = try await asker.ask(
            ConfirmOrder.type, subject: contact.text, order.json, timeout: orderTimeout, isOrder: true)
        do throws(Refusal) {
            return try ConfirmOutcome(reading: try Reader(data, at: "/data"))
        } catch {
            // Something was done, and what is not said: the page that looks again tells it.
            throw .unanswered
        }
    }

    /// Carries out an opt-out.
    func unsubscribe(_ order: UnsubscribeOrder, of contact: ContactID) async throws(AskError) {
        _ = try await asker.ask(
            UnsubscribeOrder.type, subject: contact.text, order.json, timeout: orderTimeout, isOrder: true)
    }
}
