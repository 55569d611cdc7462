import ConsentDomain
import ConsentPages
import Cryptography
import FoundationEssentials
import Messaging
import Models
import Words

/// `/c/<token>`: confirms changes that were asked for on the contact's page (P6), or undoes withdrawals (P6a).
struct ChangePages: Sendable {
    let flow: PageFlow
    let others: OtherServices
    let environment: ConsentEnvironment

    /// GET changes nothing, because mail scanners open links before people do.
    func show(_ id: UUID, _ visit: Visit) async -> Page {
        await withSubmission(id, visit) { found, words in
            let submission = found.submission
            guard submission.isPending(at: .now) else { return try await ended(found, visit, words) }
            return flow.waiting(visit, words) ?? form(.button, submission, words)
        }
    }

    /// POST: one of the two buttons, with the mail's code if the form asked for it.
    func act(_ id: UUID, _ form: FormBody?, _ visit: Visit) async -> Page {
        guard let form, let action = form["action"].flatMap(ConfirmOrder.Action.init(rawValue:)) else {
            return flow.notice(\.unclearForm, .badRequest, await flow.words(visit))
        }
        return await withSubmission(id, visit) { found, words in
            let submission = found.submission
            guard submission.isPending(at: .now) else { return try await ended(found, nil, words) }
            let order = ConfirmOrder(
                confirmation: id, action: action, isEarly: found.isEarly, hasNonce: hasNonce(form, id),
                code: form.code, text: flow.renderer.confirmationText(submission.subject, action, words),
                evidence: visit.evidence)
            return await carryOut(order, found, words)
        }
    }

    private func carryOut(_ order: ConfirmOrder, _ found: PageReads.Found, _ words: Words) async -> Page {
        await flow.carryOut(order.action, words) { () throws(AskError) in
            switch try await others.confirm(order, of: found.contact, as: PageConfirm.type) {
            case .confirmed: return await done(found, words)
            case .declined: return declined(found.submission, words)
            case .codeWanted: return form(.code, found.submission, words)
            case .wrongCode: return form(.wrongCode, found.submission, words)
            case .spent: return flow.notice(\.changes.tooManyCodes, .gone, words)
            }
        } refused: { refusal in
            guard refusal.code == .conflict else { return nil }
            guard let now = try? await flow.reads.submission(order.confirmation), now.submission.state != .pending
            else { return flow.notice(\.changes.noLongerOffered, .gone, words) }
            return try? await ended(now, nil, words)
        }
    }

    /// A form that asked for the code is not accepted without the code, so that a scanner cannot pass by waiting.
    private func hasNonce(_ form: FormBody, _ id: UUID) -> Bool {
        guard let nonce = form["nonce"] else { return false }
        let kinds: [FormNonce.Kind] = form.code == nil ? [.button] : [.button, .code]
        return kinds.contains {
            FormNonce.isValid(nonce, $0, .confirm, id: id, now: .now, with: environment.linkKeys)
        }
    }

    private func form(_ step: ConfirmationForm.Step, _ submission: Submission, _ words: Words) -> Page {
        let nonce = FormNonce.make(
            step == .button ? .button : .code, .confirm, id: submission.id, now: .now, random: Random.bytes(16),
            with: environment.linkKeys)
        return flow.renderer.confirmation(
            ConfirmationForm(step: step, nonce: nonce, subject: submission.subject), words)
    }

    /// The page of a link that was used or ended. `visit`: a page that polls shows the result of the button.
    private func ended(_ found: PageReads.Found, _ visit: Visit?, _ words: Words) async throws -> Page {
        let submission = found.submission
        let isUndo = submission.kind == .undo
        switch submission.state {
        case .pending:
            return flow.notice(isUndo ? \.changes.undoExpired : \.changes.expired, .gone, words)
        case .confirmed:
            // Other services may still be carrying it out.
            let contact = try await flow.reads.contact(found.contact)
            if contact?.isCarryingOut == true {
                return flow.waiting(.confirm, look: (visit?.look ?? 0) + 1, words)
            }
            try? await Task.sleep(for: Lease.runOut)
            guard visit?.sent != .confirm else { return await done(found, words) }
            return flow.notice(isUndo ? \.changes.alreadyUndone : \.changes.alreadyChanged, .gone, words)
        case .declined:
            guard visit?.sent != .decline else { return declined(submission, words) }
            return flow.notice(\.changes.alreadyDeclined, .gone, words)
        case .superseded: return flow.notice(\.superseded, .gone, words)
        case .spent: return flow.notice(\.changes.tooManyCodes, .gone, words)
        }
    }

    private func declined(_ submission: Submission, _ words: Words) -> Page {
        flow.notice(submission.kind == .undo ? \.changes.notUndone : \.changes.declined, .ok, words)
    }

    /// The page after the changes were carried out.
    private func done(_ found: PageReads.Found, _ words: Words) async -> Page {
        let changes = found.submission.wanted.map(\.change)
        if found.submission.kind == .undo { return flow.renderer.result(\.changes.undone, .ok, words) }
        guard changes.count == 1, let change = changes.first else {
            return flow.renderer.result(\.changes.changed, .ok, words, changes)
        }
        let contact = try? await flow.reads.contact(found.contact)
        return switch change {
        case .stop: flow.renderer.result(\.changes.stopped, .ok, words)
        case .resume: flow.renderer.result(\.changes.resumed, .ok, words)
        case .erase: flow.renderer.result(\.changes.erasureRequested, .ok, words, due: contact?.erasureDueAt)
        case .access: flow.renderer.result(\.changes.accessRequested, .ok, words, due: contact?.accessDueAt)
        case .endLinks: flow.renderer.result(\.changes.linksEnded, .ok, words)
        case .consent, .list, .marketing: flow.renderer.result(\.changes.changed, .ok, words, changes)
        }
    }

    private func withSubmission(
        _ id: UUID, _ visit: Visit, _ page: (PageReads.Found, Words) async throws -> Page
    ) async -> Page {
        do {
            guard let found = try await flow.reads.submission(id), found.submission.kind != .notice else {
                return flow.notice(\.unknownPage, .notFound, await flow.words(visit))
            }
            return try await page(found, await flow.words(for: found.contact, visit))
        } catch {
            return flow.notice(\.unavailable, .serviceUnavailable, await flow.words(visit))
        }
    }
}

extension Submission {
    /// What its page confirms.
    fileprivate var subject: ConfirmationForm.Subject {
        let changes = wanted.map(\.change)
        return kind == .undo ? .undo(changes) : .changes(changes)
    }
}
