package import FoundationEssentials
package import Models

/// Least time between two mails of one submission.
private let resendPause = Duration.seconds(60)

/// The circumstances of a form of the page, or of a press on a confirmation page.
package struct PageAct: Sendable {
    let evidence: Evidence
    let request: KeptRequest
    let stamp: OrderBook.Stamp
    let time: Timestamp
    /// A new id for each order.
    let newID: @Sendable () -> UUID

    package init(
        evidence: Evidence, request: KeptRequest, stamp: OrderBook.Stamp, at time: Timestamp,
        newID: @escaping @Sendable () -> UUID
    ) {
        self.evidence = evidence
        self.request = request
        self.stamp = stamp
        self.time = time
        self.newID = newID
    }
}

/// The consequences of a form or a press, besides the new state.
package struct PageStep: Sendable, Equatable {
    /// Changes that can be published now.
    package internal(set) var told: [Told] = []
    /// Orders to send.
    package internal(set) var orders: [PlacedOrder] = []
    /// The submissions that need a mail.
    package internal(set) var mails: [Submission] = []
    /// Whether the reply waits until other services have carried out the orders.
    package internal(set) var isWaiting = false
    /// Whether the reply waits for the leases (X3).
    package internal(set) var withdraws = false

    package init() {}
}

/// A change that facts tell of.
package enum Told: Sendable, Equatable {
    case pending(PageChange, until: Timestamp)
    case decided(Decision, on: String)
    case processing(Processing)
}

/// Whether the contact's data may be used (C4).
package enum Processing: String, Sendable, CaseIterable {
    case active
    case stopped
}

extension ConsentContact {
    /// A form of the page. Nothing changes before the contact confirms it by mail, unless withdrawals count at once
    /// (P6, P6a). The same form again changes nothing.
    package mutating func submit(
        _ form: PageForm, _ rules: PageRules, by act: PageAct
    ) throws(Refusal) -> (PageFormOutcome, PageStep) {
        guard exists else { throw ConsentContact.neverCreated }
        switch form.action {
        case .change: return try change(form, rules, act)
        case .resend: return resend(at: act.time)
        case .cancel: return (cancelGrants(at: act.time) ? .cancelled : .nothing, PageStep())
        case .newLink:
            guard mayMail(at: act.time) else { return (.tooMany, PageStep()) }
            return (.mailed, PageStep())
        }
    }

    private mutating func change(
        _ form: PageForm, _ rules: PageRules, _ act: PageAct
    ) throws(Refusal) -> (PageFormOutcome, PageStep) {
        if let known = submissions.first(where: { $0.id == form.id }) {
            return (known.kind == .undo ? .done : .mailed, PageStep())
        }
        let wanted = form.wanted.map { $0.shown(in: form.language) }.filter { mayAsk(for: $0, rules, at: act.time) }
        guard !wanted.isEmpty else { return (.nothing, PageStep()) }
        guard mayMail(at: act.time) else { return (.tooMany, PageStep()) }
        let atOnce = wanted.filter { form.hasNonce && countsAtOnce($0.change, rules) }
        var rest = wanted.filter { !atOnce.contains($0) }
        var step = PageStep()
        if !atOnce.isEmpty {
            let outcome: PageFormOutcome = rest.isEmpty ? .done : .doneAndMailed
            step = try carryOut(atOnce, rules, act, answer: outcome.json)
            let undone = atOnce.compactMap { wanted in
                wanted.change.undone.map {
                    PageForm.Wanted($0, version: version(of: $0, rules)).shown(in: form.language)
                }
            }
            mail(.undo, rest.isEmpty ? form.id : act.newID(), undone, rules, act, &step)
        }
        // Opt-in's own mail confirms that the contact wants e-mails.
        let optingIn = rest.filter { $0.change == .marketing(true) }
        rest.removeAll { $0.change == .marketing(true) }
        for _ in optingIn.prefix(1) {
            try orders.requireRoom()
            place(EmailOrder.type, .marketing(true), act, note: [], &step)
        }
        let outcome: PageFormOutcome =
            atOnce.isEmpty ? .mailed : rest.isEmpty && optingIn.isEmpty ? .done : .doneAndMailed
        guard !rest.isEmpty else { return (outcome, step) }
        if let same = pendingPlace(of: rest, at: act.time) {
            if act.time - submissions[same].mailedAt >= resendPause { mailAgain(same, at: act.time, &step) }
            return (outcome, step)
        }
        mail(.confirm, form.id, rest, rules, act, &step)
        step.told += rest.map { .pending($0.change, until: act.time + rules.linkLife) }
        return (outcome, step)
    }

    /// Whether a change counts before it is confirmed: a withdrawal that can be undone (P6a). Clearing a field cannot.
    private func countsAtOnce(_ change: PageChange, _ rules: PageRules) -> Bool {
        guard rules.withdrawsAtOnce, change.undone != nil else { return false }
        guard case .consent(let name, _) = change else { return true }
        return rules.consent(name)?.field == nil
    }

    private func version(of change: PageChange, _ rules: PageRules) -> String? {
        guard case .consent(let name, _) = change else { return nil }
        return rules.consent(name)?.version
    }

    private func pendingPlace(of wanted: [PageForm.Wanted], at now: Timestamp) -> Int? {
        submissions.firstIndex { $0.kind == .confirm && $0.isPending(at: now) && Set($0.wanted) == Set(wanted) }
    }

    private mutating func mail(
        _ kind: Submission.Kind, _ id: UUID, _ wanted: [PageForm.Wanted], _ rules: PageRules, _ act: PageAct,
        _ step: inout PageStep
    ) {
        let submission = Submission(
            id: id, kind: kind, createdAt: act.time, expiresAt: act.time + rules.linkLife, wanted: wanted,
            mailedAt: act.time)
        submissions.append(submission)
        step.mails.append(submission)
    }

    private mutating func mailAgain(_ place: Int, at now: Timestamp, _ step: inout PageStep) {
        submissions[place].mails += 1
        submissions[place].mailedAt = now
        step.mails.append(submissions[place])
    }

    /// The button `resend`: each pending submission's mail goes once more.
    private mutating func resend(at now: Timestamp) -> (PageFormOutcome, PageStep) {
        let pending = submissions.indices.filter {
            submissions[$0].kind == .confirm && submissions[$0].isPending(at: now)
        }
        guard !pending.isEmpty else { return (.nothing, PageStep()) }
        var step = PageStep()
        for place in pending where now - submissions[place].mailedAt >= resendPause {
            guard mayMail(at: now) else { return (step.mails.isEmpty ? .tooMany : .mailed, step) }
            mailAgain(place, at: now, &step)
        }
        return (.mailed, step)
    }

    /// The button `cancel` ends pending grants alone, since the page can be in another's hands (P6). Returns whether
    /// there were any.
    private mutating func cancelGrants(at now: Timestamp) -> Bool {
        var hasEnded = false
        for place in submissions.indices
        where submissions[place].kind == .confirm && submissions[place].isPending(at: now) {
            guard submissions[place].wanted.contains(where: \.change.isGrant) else { continue }
            hasEnded = true
            submissions[place].end { $0.change.isGrant }
        }
        return hasEnded
    }

    /// Confirmation links that were mailed to an old address are dead (O12); a notice is carried out all the same.
    package mutating func endLinksOfOldAddress() {
        for place in submissions.indices
        where submissions[place].state == .pending && submissions[place].kind != .notice {
            submissions[place].state = .superseded
        }
    }

    /// The changes that wait for the contact's confirmation.
    package func pending(at now: Timestamp) -> [(wanted: PageForm.Wanted, submission: Submission)] {
        submissions.filter { $0.kind == .confirm && $0.isPending(at: now) }.flatMap { submission in
            submission.wanted.map { (wanted: $0, submission: submission) }
        }
    }
}
