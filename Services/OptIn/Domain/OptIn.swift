package import FoundationEssentials
package import Models

/// The opt-in service's state of one contact: a state machine of six statuses (O1–O12).
///
/// ### Legal transitions
/// | event | from | to |
/// |---|---|---|
/// | form with the box ticked | `none`, either opt-out | `single-opt-in-webform` (from an opt-out: unconfirmed, O7) |
/// | | any other | the same (O5) |
/// | confirmation | any that a pending link can exist in | `double-opt-in` |
/// | decline, one-click | any | `opt-out-contact` |
/// | opt-out of the address by another contact | any | `opt-out-contact` (O7) |
/// | user: `single-opt-in-user` | all but `double-opt-in` and the contact's opt-out | `single-opt-in-user` (O5) |
/// | user: `opt-out-user` | all but the contact's opt-out | `opt-out-user` (O6) |
/// | user: `none` | `opt-out-user` | `none` (O6) |
/// | new address | an opt-out | the same (O12) |
/// | | unconfirmed after an opt-out | that opt-out |
/// | | any other | `none`; an address that is opted out: `opt-out-contact` |
/// | order: stop, or out of marketing | any | `opt-out-contact` |
/// | order: into marketing, a list, resume | any | the same |
///
/// A stopped contact (C4) is at `opt-out-contact`, or at `single-opt-in-webform`, unconfirmed, after a form. Users,
/// invitations and publishers change nothing, and no confirmation is pending.
package struct OptIn: Sendable, Equatable {
    /// Whether a message created the contact; before that only the vault's decision on its address may have arrived.
    package var exists = false
    /// The status (O1).
    package var status = OptInStatus.none
    /// Time of the last change of the status; nil before the contact exists.
    package var since: Timestamp?
    /// The opt-out that stays in force, after a form submitted on it, until the contact confirms (O7).
    package var heldOptOut: OptInStatus?
    /// The contact has stopped the use of their data: the record is locked, and only replies are sent (C4).
    package var isStopped = false
    package var address = AddressTrack()
    /// Number of opt-outs of the contact's address that this contact has applied (O7).
    package var optOutSeen = 0
    /// Mailing lists subscribed to (O10), sorted.
    package var lists: [String] = []
    /// When the last double-opt-in mail was ordered; nil once it was answered (O4).
    package var mailedAt: Timestamp?
    /// When the mail that the limit held back is sent; nil: none is held back (O4).
    package var mailDueAt: Timestamp?
    /// Lists that the held-back mail is to confirm.
    package var waitingLists: [String] = []
    /// When the contact last sent a mail to a user (O9).
    package var lastReceivedAt: Timestamp?
    /// The number of the contact's last fact, or a number between it and the next fact's; 0: no fact was published
    /// (X5).
    package var lastFact: Int64 = 0
    /// The number of the last fact before the epoch of `lastFact` began.
    package var factBefore: Int64 = 0
    /// The consent service's orders in force, by topic (X5).
    package var inForce: [String: OrderInForce] = [:]
    /// Topics whose order in force changed since the state was loaded.
    package var newInForce: Set<String> = []
    /// Confirmations that are pending, and those that ended since the state was loaded.
    package var confirmations: [Confirmation] = []
    /// Number of changes stored so far.
    package var changeCount = 0
    /// Changes since the state was loaded.
    package var newChanges: [Change] = []
    /// Keyed hashes of the `Message-ID`s of mails received since the state was loaded (O9).
    package var newReceived: [String] = []
    /// Only during a decision: the records of the addresses involved, by hash.
    package var shared: [String: AddressRecord] = [:]

    package init() {}

    /// Side effects of a decision besides the new state.
    package enum Consequence: Sendable, Equatable {
        case changed(Change)
        case subscribed(list: String)
        case left(list: String)
        /// The contact has another address: links that were mailed to the old one are dead in every service (O12).
        case addressChanged
        /// The double-opt-in mail (O2).
        case mail(confirmation: UUID)
    }

    /// Time, ids and settings that a decision needs.
    package struct Occasion: Sendable {
        let contact: String
        let now: Timestamp
        let newID: UUID
        let linkLife: Duration
        let mailEvery: Duration

        /// `newID` is the id of the confirmation if the decision makes one.
        package init(contact: String, now: Timestamp, newID: UUID, linkLife: Duration, mailEvery: Duration) {
            self.contact = contact
            self.now = now
            self.newID = newID
            self.linkLife = linkLife
            self.mailEvery = mailEvery
        }
    }

    // MARK: - What every event does

    mutating func create(at now: Timestamp) {
        guard !exists else { return }
        exists = true
        // An order may have changed the status before.
        if changeCount == 0 { since = now }
    }

    mutating func change(
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

    /// Ends everything that waits for the contact: pending links, held-back mails, an unconfirmed form.
    mutating func endAsking() {
        for index in confirmations.indices where confirmations[index].state == .pending {
            confirmations[index].state = .superseded
        }
        heldOptOut = nil
        mailDueAt = nil
        waitingLists = []
    }

    mutating func subscribe(_ names: [String]) -> [Consequence] {
        let new = Set(names).subtracting(lists).sorted()
        lists = (lists + new).sorted()
        return new.map { .subscribed(list: $0) }
    }

    func requireExistence() throws(Refusal) {
        guard exists else { throw Refusal(.unknownContact, "the contact is not known") }
    }

    /// The record of the contact's address.
    var record: AddressRecord {
        get { address.current.flatMap { shared[root(of: $0)] } ?? AddressRecord() }
        set { if let hash = address.current { shared[root(of: hash)] = newValue } }
    }
}
