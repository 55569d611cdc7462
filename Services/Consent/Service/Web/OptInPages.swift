import Cryptography
import FoundationEssentials
import HTTPTypes
import Messaging
import Models
import ServiceKit

/// `/o/<token>`: confirms a double opt-in (O3). What a link is worth is the opt-in service's to say.
struct OptInPages: Sendable {
    let renderer: PageRenderer
    let linkKeys: KeyRingFile
    let others: OtherServices
    let links: PageLinks

    /// GET: mail programs open links before humans do, so that this changes nothing.
    func show(_ id: UUID, _ visit: Visit) async -> Page {
        do throws(AskError) {
            let answer = try await others.confirmation(id)
            let language = await language(of: answer.contact, visit)
            switch (answer.state, visit.sent) {
            case (.pending, let sent?) where visit.look < mostLooks:
                return waiting(sent, look: visit.look + 1, language)
            case (.pending, _): return form(.button, id, answer.lists, language)
            case (.confirmed, .confirm?): return renderer.notice(.confirmed, .ok, language)
            case (.declined, .decline?): return renderer.notice(.declined, .ok, language)
            case (.confirmed, _), (.declined, _), (.superseded, _), (.expired, _), (.spent, _):
                return ended(answer.state, language)
            }
        } catch {
            return failed(error, visit)
        }
    }

    /// POST: one of the two buttons, with the mail's code where that was asked for. What looks automatic is carried on
    /// as such (P6): the opt-in service says what it is enough for.
    func act(_ id: UUID, _ form: FormBody?, _ visit: Visit) async -> Page {
        guard let form, let action = form["action"].flatMap(ConfirmOrder.Action.init(rawValue:)) else {
            return renderer.notice(.unclearForm, .badRequest, renderer.language(accept: visit.acceptLanguage))
        }
        do throws(AskError) {
            let answer = try await others.confirmation(id)
            let language = await language(of: answer.contact, visit)
            guard answer.state == .pending else { return ended(answer.state, language) }
            let order = ConfirmOrder(
                confirmation: id, action: action, isEarly: answer.isEarly, hasNonce: hasNonce(form, action, id),
                code: form.code, text: renderer.confirmationText(action, language), evidence: visit.evidence)
            return await carryOut(order, answer, language)
        } catch {
            return failed(error, visit)
        }
    }

    /// Whether the form is one that was fetched before. A form that asked for the code is none without it: whoever
    /// looked automatic once is not let through by waiting.
    private func hasNonce(_ form: FormBody, _ action: ConfirmOrder.Action, _ id: UUID) -> Bool {
        guard let nonce = form["nonce"] else { return false }
        let kinds: [FormNonce.Kind] = action == .confirm && form.code == nil ? [.button] : [.button, .code]
        return kinds.contains { FormNonce.isValid(nonce, $0, .optIn, id: id, now: .now, with: linkKeys.ring) }
    }

    private func carryOut(
        _ order: ConfirmOrder, _ answer: ConfirmationAnswer, _ language: PageLanguage
    ) async -> Page {
        do throws(AskError) {
            switch try await others.confirm(order, of: answer.contact) {
            case .confirmed: return renderer.notice(.confirmed, .ok, language)
            case .declined: return renderer.notice(.declined, .ok, language)
            case .codeWanted: return form(.code, order.confirmation, answer.lists, language)
            case .wrongCode: return form(.wrongCode, order.confirmation, answer.lists, language)
            case .spent: return ended(.spent, language)
            }
        } catch {
            switch error {
            case .unanswered: return waiting(order.action, look: 1, language)
            case .unreachable: return renderer.notice(.unavailable, .serviceUnavailable, language)
            case .refused(let refusal): return await refused(refusal, order.confirmation, language)
            }
        }
    }

    private func refused(_ refusal: Refusal, _ id: UUID, _ language: PageLanguage) async -> Page {
        guard refusal.code == .conflict else { return failed(refusal, language) }
        do throws(AskError) {
            return ended(try await others.confirmation(id).state, language)
        } catch {
            return ended(.superseded, language)
        }
    }

    private func form(
        _ step: ConfirmationForm.Step, _ id: UUID, _ lists: [String], _ language: PageLanguage
    ) -> Page {
        let nonce = FormNonce.make(
            step == .button ? .button : .code, .optIn, id: id, now: .now, random: Random.bytes(16), with: linkKeys.ring)
        return renderer.confirmation(ConfirmationForm(step: step, nonce: nonce, lists: lists), language)
    }

    private func ended(_ state: ConfirmationAnswer.State, _ language: PageLanguage) -> Page {
        let notice: Notice =
            switch state {
            case .confirmed: .alreadyConfirmed
            case .declined: .alreadyDeclined
            case .expired: .expired
            case .spent: .tooManyCodes
            case .superseded, .pending: .superseded
            }
        return renderer.notice(notice, .gone, language)
    }

    private func waiting(_ action: ConfirmOrder.Action, look: Int, _ language: PageLanguage) -> Page {
        renderer.waiting(language, again: "?sent=\(action.rawValue)&look=\(look)", form: "?")
    }

    private func failed(_ error: AskError, _ visit: Visit) -> Page {
        let language = renderer.language(accept: visit.acceptLanguage)
        guard case .refused(let refusal) = error else {
            return renderer.notice(.unavailable, .serviceUnavailable, language)
        }
        return failed(refusal, language)
    }

    private func failed(_ refusal: Refusal, _ language: PageLanguage) -> Page {
        switch refusal.code {
        case .notFound: renderer.notice(.unknownPage, .notFound, language)
        case .expired: renderer.notice(.expired, .gone, language)
        case .erased, .unknownContact: renderer.notice(.nothingLeft, .gone, language)
        case .conflict: renderer.notice(.superseded, .gone, language)
        case .malformed, .invalidField, .notPermitted, .locked, .optedOut, .onHold, .tooLarge, .tooMany, .failed,
            .unavailable:
            renderer.notice(.unavailable, .serviceUnavailable, language)
        }
    }

    private func language(of contact: ContactID, _ visit: Visit) async -> PageLanguage {
        renderer.language(accept: visit.acceptLanguage, locale: await links.locale(of: contact))
    }
}
