package import FoundationEssentials
package import Models

/// What can be told once another service has carried out an order.
package struct Settlement: Sendable, Equatable {
    /// The change to publish; nil: none, or another order of the same change is still under way.
    package let told: Told?
    /// The answer to the order's request; nil: it waits for another order.
    package let answer: JSON?
    /// Whether the answer waits for the leases (X3).
    package let afterLeases: Bool
}

extension ConsentContact {
    /// What can be told after `order` was carried out.
    package func settlement(of order: PlacedOrder) -> Settlement {
        let others = orders.waiting.filter {
            $0.request.id == order.request.id && $0.request.source == order.request.source
        }
        let told: Told?
        if let note = FieldLockNote(order) {
            told = .decided(note.decision, on: note.consent)
        } else if let processing = order.note["processing"]?.text.flatMap(Processing.init(rawValue:)),
            !others.contains(where: { $0.note["processing"] != nil })
        {
            told = .processing(processing)
        } else {
            told = nil
        }
        guard others.isEmpty else { return Settlement(told: told, answer: nil, afterLeases: false) }
        if let answer = order.note["answer"] {
            return Settlement(told: told, answer: answer, afterLeases: order.note["afterLeases"] == true)
        }
        guard let note = FieldLockNote(order) else { return Settlement(told: told, answer: nil, afterLeases: false) }
        return Settlement(
            told: told, answer: ["index": .string(note.decision.index.description)],
            afterLeases: note.decision.choice == .revoked)
    }
}

/// A user resumes processing (C4): the contact is told first.
extension ConsentContact {
    /// Orders the mail that tells the contact; nothing changes before it was handed over.
    ///
    /// - Throws: `conflict` where processing is not stopped.
    package mutating func resume(_ rules: PageRules, by act: PageAct) throws(Refusal) -> PageStep {
        guard exists else { throw ConsentContact.neverCreated }
        guard processing == .stopped else { throw Refusal(.conflict, "processing is not stopped") }
        var step = PageStep()
        let notice = Submission(
            id: act.newID(), kind: .notice, createdAt: act.time, expiresAt: act.time + rules.linkLife,
            wanted: [PageForm.Wanted(.resume)], mailedAt: act.time, request: act.request)
        submissions.append(notice)
        step.mails.append(notice)
        step.isWaiting = true
        return step
    }

    /// The hand-over of a mail ended. A notice that was sent is carried out; one that could not be sent changes
    /// nothing, and its request is answered so.
    package mutating func mailEnded(
        _ row: UUID, isSent: Bool, _ rules: PageRules, by act: PageAct
    ) throws(Refusal) -> (step: PageStep, unchanged: KeptRequest?) {
        guard let place = submissions.firstIndex(where: { $0.id == row }) else { return (PageStep(), nil) }
        if isSent, submissions[place].handedAt == nil { submissions[place].handedAt = act.time }
        guard submissions[place].kind == .notice, submissions[place].state == .pending else { return (PageStep(), nil) }
        let request = submissions[place].request ?? act.request
        submissions[place].request = nil
        guard isSent, processing == .stopped else {
            submissions[place].state = .superseded
            return (PageStep(), request)
        }
        submissions[place].state = .confirmed
        let act = PageAct(
            evidence: act.evidence, request: request, stamp: act.stamp, at: act.time, newID: act.newID)
        let step = try carryOut([PageForm.Wanted(.resume)], rules, act, answer: ["processing": "active"])
        return (step, nil)
    }
}

extension ConsentContact {
    /// Whether other services are still carrying out changes of the page.
    package var isCarryingOut: Bool {
        orders.waiting.contains { $0.request.type == PageConfirm.type || $0.request.type == PageForm.type }
    }
}
