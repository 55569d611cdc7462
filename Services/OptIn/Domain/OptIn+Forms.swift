package import Models

/// Maximum pending confirmations of one contact; a further one supersedes the oldest.
private let pendingLimit = 8
/// Delay before the next reminder when a reminder came too early by this service's clock.
private let dueAgain = Duration.seconds(10)

extension OptIn {
    /// The properties of a web form that decide.
    package struct Form: Sendable {
        /// The checkbox was ticked.
        package let isTicked: Bool
        /// Lists chosen.
        package let lists: [String]
        /// The evidence to store.
        package let evidence: Change.Evidence

        package init(isTicked: Bool, lists: [String], evidence: Change.Evidence) {
            self.isTicked = isTicked
            self.lists = lists
            self.evidence = evidence
        }
    }

    /// A web form was submitted (O2). A known contact's form with another address is a `conflict`. Of a stopped
    /// contact's form only the box counts, and its mail waits for the end of the stop (C4).
    package mutating func submit(
        _ form: Form, address hashes: AddressHashes, cause: String, _ occasion: Occasion
    ) throws(Refusal) -> [Consequence] {
        let wasKnown = exists
        let hash = unify(hashes)
        if wasKnown, let current = address.current, current != hash {
            throw Refusal(.conflict, "the contact has another address", at: "/data/email")
        }
        var consequences = name(hashes, cause: cause, at: occasion.now)
        guard form.isTicked else { return consequences }
        consequences += optIn(by: form, at: occasion.now)
        guard !isStopped else { return consequences }
        let newLists = form.lists.filter { !lists.contains($0) }
        // Anyone can submit a form with another contact's address, so a known contact's lists wait for the
        // confirmation.
        if !wasKnown { consequences += subscribe(newLists) }
        guard status != .doubleOptIn || !newLists.isEmpty else { return consequences }
        return consequences + askForConfirmation(lists: wasKnown ? newLists : [], occasion)
    }

    /// A mail held back by the limit is due: it is sent if it is still wanted (O4). If the reminder came too early by
    /// this clock, the mail stays held back.
    package mutating func mailIsDue(at due: Timestamp, _ occasion: Occasion) -> [Consequence] {
        guard mailDueAt == due else { return [] }
        guard occasion.now >= due else {
            mailDueAt = due + dueAgain
            return []
        }
        // Every opt-out ends what waits, so a contact who has opted out asked for this mail afterwards, on the page.
        guard status != .doubleOptIn || !waitingLists.isEmpty else {
            mailDueAt = nil
            waitingLists = []
            return []
        }
        return askForConfirmation(lists: [], occasion)
    }

    /// A user sends the double-opt-in mail (O4). `refusal` is nil if it was sent, else the reason for `optin.invite`'s
    /// reply.
    package mutating func invite(_ occasion: Occasion) -> (consequences: [Consequence], refusal: String?) {
        guard exists else { return ([], "unknown") }
        guard !isStopped else { return ([], "stopped") }
        let effective = heldOptOut ?? status
        guard !effective.isOptOut, effective != .doubleOptIn else { return ([], effective.rawValue) }
        guard nextMailAt(occasion) == nil else { return ([], "recently-sent") }
        return ([mail(occasion)], nil)
    }

    private mutating func optIn(by form: Form, at now: Timestamp) -> [Consequence] {
        guard status.strength < OptInStatus.singleOptInWebform.strength else { return [] }
        if status.isOptOut { heldOptOut = status }
        return change(to: .singleOptInWebform, by: .contact, .webForm, form.evidence, at: now)
    }

    /// Sends the mail, or schedules it if the limit holds it back (O4); until then the pending mail's link also
    /// confirms the new lists.
    mutating func askForConfirmation(lists: [String], _ occasion: Occasion) -> [Consequence] {
        waitingLists = Set(waitingLists + lists).sorted()
        guard let next = nextMailAt(occasion) else { return [mail(occasion)] }
        let isPending = { (one: Confirmation) in one.state == .pending && one.expiresAt > occasion.now }
        if let index = confirmations.lastIndex(where: isPending) {
            confirmations[index].lists = Set(confirmations[index].lists + lists).sorted()
        }
        mailDueAt = next
        return []
    }

    /// When the limit allows the next mail; nil: now. The limit is one mail in `mailEvery` per contact and per address,
    /// for any contact.
    private func nextMailAt(_ occasion: Occasion) -> Timestamp? {
        let last = max(mailedAt ?? .distantPast, record.mailedAt ?? .distantPast)
        let next = last + occasion.mailEvery
        return last > .distantPast && next > occasion.now ? next : nil
    }

    private mutating func mail(_ occasion: Occasion) -> Consequence {
        let pending = confirmations.indices.filter { confirmations[$0].state == .pending }
        // Each mail confirms the lists of all pending mails, so it does not matter which one is answered.
        let lists = Set(pending.flatMap { confirmations[$0].lists }).union(waitingLists).sorted()
        if pending.count >= pendingLimit { confirmations[pending[0]].state = .superseded }
        mailedAt = occasion.now
        record.mailedAt = occasion.now
        record.mailedFor = occasion.contact
        mailDueAt = nil
        waitingLists = []
        confirmations.append(
            Confirmation(id: occasion.newID, expiresAt: occasion.now + occasion.linkLife, lists: lists))
        return .mail(confirmation: occasion.newID)
    }
}

extension Timestamp {
    fileprivate static let distantPast = Timestamp(microseconds: 0)
}
