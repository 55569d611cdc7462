import FoundationEssentials
import Messaging
import Models

/// Timeout of a question; without an answer the page asks the visitor to try again.
private let questionTimeout = Duration.seconds(2)
/// Timeout of an order. An opt-out is acknowledged only after all send leases have expired (X3), at least a second
/// later.
private let orderTimeout = Duration.seconds(5)

/// Questions and orders that the web sends to other services.
struct OtherServices: Sendable {
    let asker: Asker

    /// The state of a double-opt-in link.
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
        // An opt-out read from the state is shown only after a wait, because its send leases may not have expired yet
        // (X3).
        if answer.state == .declined { try? await Task.sleep(for: Lease.runOut) }
        return answer
    }

    /// Whether the contact has opted out, so that no mail may be sent; false if that cannot be read.
    func hasOptedOut(_ contact: ContactID, mail: UUID, timeout: Duration = questionTimeout) async -> Bool {
        let question = GateQuestion([.init(mail: mail, contact: contact, category: .campaign(list: nil))])
        let data = try? await asker.ask(
            GateQuestion.type, subject: contact.text, question.json, timeout: timeout)
        guard data?["refused"]?[mail.text]?.text == "opt-out-contact" else { return false }
        try? await Task.sleep(for: Lease.runOut)
        return true
    }

    /// Carries out a button of a confirmation page: of the double opt-in, or (`PageConfirm.type`) of the contact's
    /// page.
    func confirm(
        _ order: ConfirmOrder, of contact: ContactID, as type: String = ConfirmOrder.type
    ) async throws(AskError) -> ConfirmOutcome {
        let data = try await asker.ask(
            type, subject: contact.text, order.json, timeout: orderTimeout, isOrder: true)
        do throws(Refusal) {
            return try ConfirmOutcome(reading: try Reader(data, at: "/data"))
        } catch {
            // The order was carried out but its outcome is unreadable; the page polls the link's state instead.
            throw .unanswered
        }
    }

    /// What the page shows of e-mail; nil: opt-in cannot be asked.
    func emailChoices(_ contact: ContactID) async -> EmailChoices? {
        let data = try? await asker.ask(
            EmailChoicesQuestion.type, subject: contact.text, [:], timeout: questionTimeout)
        guard let data, let reader = try? Reader(data, at: "/data") else { return nil }
        return try? EmailChoices(reading: reader)
    }

    /// Carries out a form of the contact's page. The same form has the same message id, so that it is done once.
    func submit(_ form: PageForm, of contact: ContactID) async throws(AskError) -> PageFormOutcome {
        let data = try await asker.ask(
            PageForm.type, subject: contact.text, form.json, timeout: orderTimeout, isOrder: true)
        do throws(Refusal) {
            return try PageFormOutcome(reading: try Reader(data, at: "/data"))
        } catch {
            throw .unanswered
        }
    }

    /// Carries out an opt-out.
    func unsubscribe(_ order: UnsubscribeOrder, of contact: ContactID) async throws(AskError) {
        _ = try await asker.ask(
            UnsubscribeOrder.type, subject: contact.text, order.json, timeout: orderTimeout, isOrder: true)
    }
}
