import ConsentPages
import Cryptography
import FoundationEssentials
import HTTPTypes
import Messaging
import Models
import ServiceKit
import Words

/// `/o/<token>`: confirms a double opt-in (O3). The opt-in service decides which state a link is in.
struct OptInPages: Sendable {
    let flow: PageFlow
    let others: OtherServices
    let linkKeys: KeyRingFile

    /// GET changes nothing, because mail scanners open links before people do.
    func show(_ id: UUID, _ visit: Visit) async -> Page {
        do throws(AskError) {
            let answer = try await others.confirmation(id)
            let words = await flow.words(for: answer.contact, visit)
            switch (answer.state, visit.sent) {
            case (.pending, _): return flow.waiting(visit, words) ?? form(.button, id, answer.lists, words)
            case (.confirmed, .confirm?): return flow.notice(\.confirmed, .ok, words)
            case (.declined, .decline?): return flow.notice(\.declined, .ok, words)
            case (.confirmed, _), (.declined, _), (.superseded, _), (.expired, _), (.spent, _):
                return ended(answer.state, words)
            }
        } catch {
            return await flow.failed(error, visit)
        }
    }

    /// POST: one of the two buttons, with the mail's code if the form asked for it. A press that looks automatic is
    /// marked as such (P6); the opt-in service decides whether it suffices.
    func act(_ id: UUID, _ form: FormBody?, _ visit: Visit) async -> Page {
        guard let form, let action = form["action"].flatMap(ConfirmOrder.Action.init(rawValue:)) else {
            return flow.notice(\.unclearForm, .badRequest, await flow.words(visit))
        }
        do throws(AskError) {
            let answer = try await others.confirmation(id)
            let words = await flow.words(for: answer.contact, visit)
            guard answer.state == .pending else { return ended(answer.state, words) }
            let order = ConfirmOrder(
                confirmation: id, action: action, isEarly: answer.isEarly, hasNonce: hasNonce(form, action, id),
                code: form.code,
                text: flow.renderer.confirmationText(.optIn(lists: answer.lists), action, words),
                evidence: visit.evidence)
            return await carryOut(order, answer, words)
        } catch {
            return await flow.failed(error, visit)
        }
    }

    /// Whether the form carries a valid nonce. The nonce of a form that asked for the code is valid only together with
    /// a code, so that a scanner cannot pass by waiting.
    private func hasNonce(_ form: FormBody, _ action: ConfirmOrder.Action, _ id: UUID) -> Bool {
        guard let nonce = form["nonce"] else { return false }
        let kinds: [FormNonce.Kind] = action == .confirm && form.code == nil ? [.button] : [.button, .code]
        return kinds.contains { FormNonce.isValid(nonce, $0, .optIn, id: id, now: .now, with: linkKeys.ring) }
    }

    private func carryOut(_ order: ConfirmOrder, _ answer: ConfirmationAnswer, _ words: Words) async -> Page {
        let id = order.confirmation
        return await flow.carryOut(order.action, words) { () throws(AskError) in
            switch try await others.confirm(order, of: answer.contact) {
            case .confirmed: return flow.notice(\.confirmed, .ok, words)
            case .declined: return flow.notice(\.declined, .ok, words)
            case .codeWanted: return form(.code, id, answer.lists, words)
            case .wrongCode: return form(.wrongCode, id, answer.lists, words)
            case .spent: return ended(.spent, words)
            }
        } refused: { refusal in
            guard refusal.code == .conflict else { return nil }
            let now = try? await others.confirmation(id)
            return ended(now?.state ?? .superseded, words)
        }
    }

    private func form(_ step: ConfirmationForm.Step, _ id: UUID, _ lists: [String], _ words: Words) -> Page {
        let nonce = FormNonce.make(
            step == .button ? .button : .code, .optIn, id: id, now: .now, random: Random.bytes(16), with: linkKeys.ring)
        return flow.renderer.confirmation(
            ConfirmationForm(step: step, nonce: nonce, subject: .optIn(lists: lists)), words)
    }

    private func ended(_ state: ConfirmationAnswer.State, _ words: Words) -> Page {
        let notice: NoticePath =
            switch state {
            case .confirmed: \.alreadyConfirmed
            case .declined: \.alreadyDeclined
            case .expired: \.expired
            case .spent: \.tooManyCodes
            case .superseded, .pending: \.superseded
            }
        return flow.notice(notice, .gone, words)
    }
}
