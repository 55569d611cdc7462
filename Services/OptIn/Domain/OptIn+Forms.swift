public import Models

/// Pending confirmations of one contact at a time; the oldest gives way.
private let pendingLimit = 8
/// A mail whose time was seen to come too early is looked at again after this time: another time, another reminder.
private let dueAgain = Duration.seconds(10)

extension OptIn {
    /// A web form as the machine sees it.
    public struct Form: Sendable {
        /// The box was ticked.
        public let isTicked: Bool
        /// Lists chosen.
        public let lists: [String]
        /// What is kept of it.
        public let evidence: Change.Evidence

        /// A form.
        public init(isTicked: Bool, lists: [String], evidence: Change.Evidence) {
            self.isTicked = isTicked
            self.lists = lists
            self.evidence = evidence
        }
    }

    /// A web form came (O2). A form of a known contact with another address is a `conflict`.
    public mutating func submit(
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
        let newLists = form.lists.filter { !lists.contains($0) }
        // Anybody can fill in a form with another's address: of a known contact the lists wait for the confirmation.
        if !wasKnown { consequences += subscribe(newLists) }
        guard status != .doubleOptIn || !newLists.isEmpty else { return consequences }
        return consequences + askForConfirmation(lists: wasKnown ? newLists : [], occasion)
    }

    /// The time of a mail that the limit held back has come: it goes if it is still wanted (O4). Another clock than the
    /// occasion's may have seen it come too early; the mail then waits on.
    public mutating func mailIsDue(at due: Timestamp, _ occasion: Occasion) -> [Consequence] {
        guard mailDueAt == due else { return [] }
        guard occasion.now >= due else {
            mailDueAt = due + dueAgain
            return []
        }
        guard !status.isOptOut, status != .doubleOptIn || !waitingLists.isEmpty else {
            mailDueAt = nil
            waitingLists = []
            return []
        }
        return askForConfirmation(lists: [], occasion)
    }

    /// A user sends the double-opt-in mail (O4). Nil: sent; else why not, as `optin.invite` answers it.
    public mutating func invite(_ occasion: Occasion) -> (consequences: [Consequence], refusal: String?) {
        guard exists else { return ([], "unknown") }
        let recipient = heldOptOut ?? status
        guard !recipient.isOptOut, recipient != .doubleOptIn else { return ([], recipient.rawValue) }
        guard nextMailAt(occasion) == nil else { return ([], "recently-sent") }
        return ([mail(occasion)], nil)
    }

    private mutating func optIn(by form: Form, at now: Timestamp) -> [Consequence] {
        guard status.strength < OptInStatus.singleOptInWebform.strength else { return [] }
        if status.isOptOut { heldOptOut = status }
        return change(to: .singleOptInWebform, by: .contact, .webForm, form.evidence, at: now)
    }

    /// A mail that the limit holds back goes later (O4); until then the pending one's link stands for what was asked
    /// since.
    private mutating func askForConfirmation(lists: [String], _ occasion: Occasion) -> [Consequence] {
        waitingLists = Set(waitingLists + lists).sorted()
        guard let next = nextMailAt(occasion) else { return [mail(occasion)] }
        let isPending = { (one: Confirmation) in one.state == .pending && one.expiresAt > occasion.now }
        if let index = confirmations.lastIndex(where: isPending) {
            confirmations[index].lists = Set(confirmations[index].lists + lists).sorted()
        }
        mailDueAt = next
        return []
    }

    /// When the limit lets the next mail go: one per contact, and one per address whichever contact it is for, in
    /// `mailEvery`; nil: now.
    private func nextMailAt(_ occasion: Occasion) -> Timestamp? {
        let last = max(mailedAt ?? .distantPast, record.mailedAt ?? .distantPast)
        let next = last + occasion.mailEvery
        return last > .distantPast && next > occasion.now ? next : nil
    }

    private mutating func mail(_ occasion: Occasion) -> Consequence {
        let pending = confirmations.indices.filter { confirmations[$0].state == .pending }
        // Whichever of the mails is answered, what its reader asked for before is answered with it.
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
