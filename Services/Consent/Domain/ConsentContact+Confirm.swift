package import FoundationEssentials
package import Models

extension ConsentContact {
    /// A button of the page behind a confirmation mail (P6).
    ///
    /// - Throws: `conflict` where the link was used or ended before, `expired` where it ran out.
    package mutating func press(
        _ id: UUID, _ action: ConfirmOrder.Action, _ press: ButtonPress, _ rules: PageRules, by act: PageAct
    ) throws(Refusal) -> (ConfirmOutcome, PageStep) {
        let place = try pendingPlace(of: id, at: act.time)
        var verdict = press.verdict
        // Unsubscribing and leaving a list need no human: a mail's header lets its holder do that anyway (O11).
        let needsNoHuman = submissions[place].wanted.allSatisfy(\.change.needsNoHuman)
        if verdict == .automatic, action == .confirm, needsNoHuman { verdict = .human }
        switch verdict {
        case .human: break
        case .automatic: return (.codeWanted, PageStep())
        case .wrongCode(let countsAsTry):
            if countsAsTry { submissions[place].wrongCodes += 1 }
            guard submissions[place].wrongCodes >= ButtonPress.codeTries else { return (.wrongCode, PageStep()) }
            submissions[place].state = .spent
            return (.spent, PageStep())
        }
        guard action == .confirm else {
            submissions[place].state = .declined
            return (.declined, PageStep())
        }
        // The configuration may have dropped the consent or changed its text since. Then it cannot be granted.
        let wanted = submissions[place].wanted.filter { stillCounts($0, rules) }
        guard !wanted.isEmpty else { throw Refusal(.conflict, "the configuration no longer asks for this") }
        submissions[place].state = .confirmed
        return (.confirmed, try carryOut(wanted, rules, act, answer: ConfirmOutcome.confirmed.json))
    }

    private func stillCounts(_ wanted: PageForm.Wanted, _ rules: PageRules) -> Bool {
        switch wanted.change {
        case .consent(let name, let isGranted):
            guard let consent = rules.consent(name) else { return false }
            return !isGranted || wanted.version == consent.version
        case .list(let name, let isSubscribed): return !isSubscribed || rules.lists.contains(name)
        case .marketing, .stop, .resume, .erase, .access, .endLinks: return true
        }
    }

    private func pendingPlace(of id: UUID, at now: Timestamp) throws(Refusal) -> Int {
        guard let place = submissions.firstIndex(where: { $0.id == id && $0.state == .pending && $0.kind != .notice })
        else { throw Refusal(.conflict, "the link was used or ended before") }
        guard now < submissions[place].expiresAt else { throw Refusal(.expired, "the link ran out") }
        return place
    }

    /// Carries out changes: decisions count at once, and the reply waits for the other services that take part.
    mutating func carryOut(
        _ wanted: [PageForm.Wanted], _ rules: PageRules, _ act: PageAct, answer: JSON
    ) throws(Refusal) -> PageStep {
        var step = PageStep()
        step.withdraws = wanted.contains(where: \.change.isWithdrawal)
        let note = [JSON.Member("answer", answer), JSON.Member("afterLeases", .bool(step.withdraws))]
        for one in wanted {
            try orders.requireRoom()
            try carryOut(one, rules, act, note, &step)
        }
        endOthers(of: Set(wanted.map(\.change.choice)))
        return step
    }

    private mutating func carryOut(
        _ wanted: PageForm.Wanted, _ rules: PageRules, _ act: PageAct, _ note: [JSON.Member], _ step: inout PageStep
    ) throws(Refusal) {
        switch wanted.change {
        case .consent(let name, let isGranted):
            guard let consent = rules.consent(name) else { return }
            let decision = DecisionAct(
                channel: "page", textVersion: wanted.version,
                evidence: act.evidence.shown(consent, version: wanted.version, in: wanted.language),
                request: act.request, order: act.newID(), stamp: act.stamp, at: act.time, note: note)
            switch try decide(isGranted ? .granted : .revoked, on: consent, by: decision) {
            case .done(let decision): step.told.append(.decided(decision, on: name))
            case .ordered(let order):
                step.orders.append(order)
                step.isWaiting = true
            case .waits: step.isWaiting = true
            }
        case .list(let name, let isSubscribed):
            place(EmailOrder.type, .list(name, isSubscribed: isSubscribed), act, note: note, &step)
            step.isWaiting = true
        case .marketing(let isOn):
            place(EmailOrder.type, .marketing(isOn), act, note: note, &step)
            step.isWaiting = true
        case .stop: setProcessing(.stopped, act, note, &step)
        case .resume: setProcessing(.active, act, note, &step)
        case .erase: request(.erasure, act, note, &step)
        case .access: request(.access, act, note, &step)
        case .endLinks: linksFrom = act.time
        }
    }

    /// Stops or resumes processing (C4): the vault locks the record, and opt-in takes the contact out of every
    /// campaign.
    mutating func setProcessing(
        _ new: Processing, _ act: PageAct, _ note: [JSON.Member], _ step: inout PageStep
    ) {
        guard processing != new else { return }
        processing = new
        processingSince = act.time
        let note = note + [JSON.Member("processing", .string(new.rawValue))]
        let isStopped = new == .stopped
        let lock = FieldLockOrder.data(field: FieldLockOrder.wholeRecord, isLocked: isStopped, clears: false)
        place(FieldLockOrder.type, topic: FieldLockOrder.wholeRecord, lock, act, note: note, &step)
        place(EmailOrder.type, .stop(isStopped), act, note: note, &step)
        step.isWaiting = true
    }

    private mutating func request(
        _ kind: RightsKind, _ act: PageAct, _ note: [JSON.Member], _ step: inout PageStep
    ) {
        let data = RightsRequestOrder.data(kind, channel: "page")
        place(RightsRequestOrder.type, topic: kind.topic, data, act, note: note, &step)
        step.isWaiting = true
    }

    mutating func place(
        _ type: String, _ choice: EmailOrder.Choice, _ act: PageAct, note: [JSON.Member], _ step: inout PageStep
    ) {
        let evidence = WebEvidence(remoteAddress: act.evidence.remoteAddress, userAgent: act.evidence.userAgent)
        let data = EmailOrder.data(
            choice, text: act.evidence.text, isSuspect: act.evidence.isSuspect, evidence: evidence)
        place(type, topic: choice.topic, data, act, note: note, &step)
    }

    private mutating func place(
        _ type: String, topic: String, _ data: JSON, _ act: PageAct, note: [JSON.Member], _ step: inout PageStep
    ) {
        let order = PlacedOrder(
            id: act.newID(), topic: topic, type: type, data: data, note: .object(note), request: act.request)
        if let sent = orders.place(order, as: act.stamp) { step.orders.append(sent) }
    }

    /// Ends the other pending changes of these choices: the one that was confirmed counts (P6).
    private mutating func endOthers(of choices: Set<String>) {
        for place in submissions.indices where submissions[place].state == .pending {
            submissions[place].end { choices.contains($0.change.choice) }
        }
    }
}
