public import FoundationEssentials
public import Models

/// Pending confirmations of one contact at a time; the oldest gives way.
private let pendingLimit = 8

/// What the opt-in service knows of one contact: the six statuses in one machine (O1–O12).
///
/// ### Legal transitions
/// | event | from | to |
/// |---|---|---|
/// | form with the box ticked | `none`, either opt-out | `single-opt-in-webform` (from an opt-out: unconfirmed, O7) |
/// | | any other | the same (O5) |
/// | confirmation | any that a pending link can exist in | `double-opt-in` |
/// | decline, one-click | any | `opt-out-contact` |
/// | new address | an opt-out | the same (O12) |
/// | | unconfirmed after an opt-out | that opt-out |
/// | | any other | `none` |
public struct OptIn: Sendable, Equatable {
    /// The contact was created here.
    public var exists = false
    /// The status (O1).
    public var status = OptInStatus.none
    /// Since when; nil before the contact exists.
    public var since: Timestamp?
    /// After a form on an opt-out: the opt-out that holds until the contact confirms (O7).
    public var heldOptOut: OptInStatus?
    /// The contact's address.
    public var address = AddressTrack()
    /// Mailing lists subscribed to (O10), sorted.
    public var lists: [String] = []
    /// When the last double-opt-in mail was ordered; nil once its reader answered (O4).
    public var mailedAt: Timestamp?
    /// Confirmations that are pending, and those that ended since the state was loaded.
    public var confirmations: [Confirmation] = []
    /// Changes kept so far.
    public var changeCount = 0
    /// Changes since the state was loaded.
    public var newChanges: [Change] = []

    /// Nothing known.
    public init() {}

    /// What a decision brings about beside the new state.
    public enum Consequence: Sendable, Equatable {
        case changed(Change)
        case subscribed(list: String)
        /// The double-opt-in mail (O2).
        case mail(confirmation: UUID)
    }

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

    /// Time, ids and settings that a decision needs.
    public struct Occasion: Sendable {
        let now: Timestamp
        let newID: UUID
        let linkLife: Duration
        let mailEvery: Duration

        /// An occasion; `newID` names the confirmation, should one be made.
        public init(now: Timestamp, newID: UUID, linkLife: Duration, mailEvery: Duration) {
            self.now = now
            self.newID = newID
            self.linkLife = linkLife
            self.mailEvery = mailEvery
        }
    }

    // MARK: - What happens

    /// `contact.created`, `contact.updated` with an address, or a form of somebody unknown.
    public mutating func name(addressHash: String, cause: String, at now: Timestamp) -> [Consequence] {
        create(at: now)
        return address.name(addressHash, cause: cause) ? startAgain(at: now) : []
    }

    /// The vault says which address the contact has.
    public mutating func follow(addressHash: String?, cause: String, at now: Timestamp) -> [Consequence] {
        // A refused message of somebody who was never created names no contact.
        guard exists || addressHash != nil else { return [] }
        create(at: now)
        return address.decide(addressHash, cause: cause) ? startAgain(at: now) : []
    }

    /// A web form came (O2). A form of a known contact with another address is a `conflict`.
    public mutating func submit(
        _ form: Form, addressHash: String, cause: String, _ occasion: Occasion
    ) throws(Refusal) -> [Consequence] {
        let wasKnown = exists
        if wasKnown, let current = address.current, current != addressHash {
            throw Refusal(.conflict, "the contact has another address", at: "/data/email")
        }
        var consequences = name(addressHash: addressHash, cause: cause, at: occasion.now)
        guard form.isTicked else { return consequences }
        consequences += optIn(by: form, at: occasion.now)
        let newLists = form.lists.filter { !lists.contains($0) }
        // Anybody can fill in a form with another's address: of a known contact the lists wait for the confirmation.
        if !wasKnown { consequences += subscribe(newLists) }
        guard status != .doubleOptIn || !newLists.isEmpty else { return consequences }
        return consequences + askForConfirmation(lists: wasKnown ? newLists : [], occasion)
    }

    /// The first button of the double-opt-in page (O3).
    public mutating func confirm(
        _ id: UUID, evidence: Change.Evidence, at now: Timestamp
    ) throws(Refusal) -> [Consequence] {
        let lists = try end(id, as: .confirmed, at: now).lists
        endPending(as: .superseded)
        heldOptOut = nil
        mailedAt = nil
        return change(to: .doubleOptIn, by: .contact, .confirmed, evidence, at: now) + subscribe(lists)
    }

    /// The other button: "this was not me" (O4).
    public mutating func decline(
        _ id: UUID, evidence: Change.Evidence, at now: Timestamp
    ) throws(Refusal) -> [Consequence] {
        _ = try end(id, as: .declined, at: now)
        return optOut(.declined, evidence, at: now)
    }

    /// The mail program's one POST (O11); opting out again changes nothing.
    public mutating func unsubscribe(
        evidence: Change.Evidence, at now: Timestamp
    ) throws(Refusal) -> [Consequence] {
        guard exists else { throw Refusal(.unknownContact, "the contact is not known") }
        return optOut(.oneClick, evidence, at: now)
    }

    // MARK: - How it changes

    private mutating func create(at now: Timestamp) {
        guard !exists else { return }
        exists = true
        since = now
    }

    private mutating func optIn(by form: Form, at now: Timestamp) -> [Consequence] {
        guard status.strength < OptInStatus.singleOptInWebform.strength else { return [] }
        if status.isOptOut { heldOptOut = status }
        return change(to: .singleOptInWebform, by: .contact, .webForm, form.evidence, at: now)
    }

    private mutating func optOut(
        _ reason: Change.Reason, _ evidence: Change.Evidence, at now: Timestamp
    ) -> [Consequence] {
        endPending(as: .superseded)
        heldOptOut = nil
        mailedAt = nil
        return change(to: .optOutContact, by: .contact, reason, evidence, at: now)
    }

    /// A changed address starts again; what was asked of the old one is dead (O12).
    private mutating func startAgain(at now: Timestamp) -> [Consequence] {
        endPending(as: .superseded)
        mailedAt = nil
        let start = heldOptOut ?? (status.isOptOut ? status : .none)
        heldOptOut = nil
        return change(to: start, by: .suite, .addressChanged, Change.Evidence(), at: now)
    }

    private mutating func change(
        to new: OptInStatus, by actor: Change.Actor, _ reason: Change.Reason, _ evidence: Change.Evidence,
        at now: Timestamp
    ) -> [Consequence] {
        guard new != status else { return [] }
        let change = Change(from: status, to: new, at: now, by: actor, reason: reason, evidence: evidence)
        status = new
        since = now
        changeCount += 1
        newChanges.append(change)
        return [.changed(change)]
    }

    private mutating func subscribe(_ names: [String]) -> [Consequence] {
        let new = Set(names).subtracting(lists).sorted()
        lists = (lists + new).sorted()
        return new.map { .subscribed(list: $0) }
    }

    /// Within `mailEvery` of the last mail no other goes; its link then stands for what was asked since (O4).
    private mutating func askForConfirmation(lists: [String], _ occasion: Occasion) -> [Consequence] {
        if let mailedAt, occasion.now < mailedAt + occasion.mailEvery,
            let index = confirmations.lastIndex(where: { $0.state == .pending && $0.expiresAt > occasion.now })
        {
            confirmations[index].lists = Set(confirmations[index].lists + lists).sorted()
            return []
        }
        let pending = confirmations.indices.filter { confirmations[$0].state == .pending }
        if pending.count >= pendingLimit { confirmations[pending[0]].state = .superseded }
        mailedAt = occasion.now
        confirmations.append(
            Confirmation(id: occasion.newID, expiresAt: occasion.now + occasion.linkLife, lists: lists))
        return [.mail(confirmation: occasion.newID)]
    }

    private mutating func end(
        _ id: UUID, as state: Confirmation.State, at now: Timestamp
    ) throws(Refusal) -> Confirmation {
        guard let index = confirmations.firstIndex(where: { $0.id == id && $0.state == .pending }) else {
            throw Refusal(.conflict, "the link was used or ended before")
        }
        guard now < confirmations[index].expiresAt else { throw Refusal(.expired, "the link ran out") }
        confirmations[index].state = state
        return confirmations[index]
    }

    private mutating func endPending(as state: Confirmation.State) {
        for index in confirmations.indices where confirmations[index].state == .pending {
            confirmations[index].state = state
        }
    }
}
