package import Models

/// The consent service's state of one contact: no address and no personal field, only the data that conditions read.
package struct ConsentContact: Sendable, Equatable {
    /// Whether a message has created the contact; facts may arrive earlier.
    package internal(set) var exists: Bool
    /// A language tag (BCP 47).
    package private(set) var locale: String?
    /// Strings, numbers and booleans by the name of a configured attribute.
    package private(set) var attributes: [String: JSON]
    /// The opt-in status from the newest fact.
    package private(set) var optIn = LatestFact("none")
    /// The opt-out that stays in force until the contact confirms a form submitted after it (O7), from the newest fact.
    /// It is kept so that opt-in can recover it after a loss (X5).
    package private(set) var heldOptOut: String?
    /// Whether the contact subscribes, from the newest fact, by the list's name.
    package private(set) var lists: [String: LatestFact<Bool>] = [:]
    /// The last decision on each consent, by the consent's name.
    package internal(set) var decisions: [String: Decision] = [:]
    /// Decisions that other services have not carried out yet.
    package internal(set) var orders: OrderBook
    /// Whether the contact's data may be used (C4).
    package internal(set) var processing: Processing
    /// When processing was stopped or resumed last; nil: never.
    package internal(set) var processingSince: Timestamp?
    /// The state of the contact's erasure, from the newest fact (C5).
    package internal(set) var erasure: LatestFact<Erasure>
    /// When the requested erasure is due.
    package internal(set) var erasureDueAt: Timestamp?
    /// When the requested copy of the data is due; nil: none is open (E7).
    package internal(set) var accessDueAt: Timestamp?
    /// Page links that were made before this time no longer work (P4); nil: all work.
    package internal(set) var linksFrom: Timestamp?
    /// What the contact was told of the page by mail (P3).
    package internal(set) var invitation: Invitation
    /// Changes that wait for a confirmation, and those of the last day.
    package internal(set) var submissions: [Submission]
    private var loadedSubmissions: [Submission]
    /// Rows that this decision adds and that are not saved yet.
    package internal(set) var unsaved = Unsaved()
    /// The choices of a contact of which only these are known; empty where `decisions` are.
    private(set) var choices: [String: Decision.Choice] = [:]
    /// The partition's decision counter; set only while a handler that needs it decides.
    package var numbering: DecisionCounter?

    /// A contact that is not stored.
    package static let unknown = ConsentContact(exists: false, locale: nil, attributes: [:])

    /// Restores a contact from its saved values.
    package init(
        exists: Bool, locale: String?, attributes: [String: JSON], optIn: LatestFact<String> = LatestFact("none"),
        heldOptOut: String? = nil,
        lists: [String: LatestFact<Bool>] = [:], decisions: [String: Decision] = [:], orders: OrderBook = OrderBook(),
        page: PageState = PageState(), invitation: Invitation = Invitation()
    ) {
        self.invitation = invitation
        self.exists = exists
        self.locale = locale
        self.attributes = attributes
        self.optIn = optIn
        self.heldOptOut = heldOptOut
        self.lists = lists
        self.decisions = decisions
        self.orders = orders
        processing = page.processing
        processingSince = page.processingSince
        erasure = page.erasure
        erasureDueAt = page.erasureDueAt
        accessDueAt = page.accessDueAt
        linksFrom = page.linksFrom
        submissions = page.submissions
        loadedSubmissions = page.submissions
    }

    /// A contact of which only what `isAllowed` reads is known.
    package init(
        summaryOf exists: Bool, processing: Processing, granted: [String], revoked: [String]
    ) {
        self.init(exists: exists, locale: nil, attributes: [:], page: PageState(processing: processing))
        for name in granted { choices[name] = .granted }
        for name in revoked { choices[name] = .revoked }
    }

    /// `contact.created`: the message must carry an address, but only the vault stores it.
    package mutating func create(_ change: ContactChange, keeping names: Set<String>) throws(Refusal) {
        guard change.email != nil else { throw Refusal(.invalidField, "is required", at: "/data/email") }
        guard processing == .active else { throw ConsentContact.stopped }
        merge(locale: change.locale, change.profile, keeping: names)
        isVouchedFor(withAddress: true)
    }

    /// `contact.updated`: creates the contact if the message carries an address.
    package mutating func update(_ change: ContactChange, keeping names: Set<String>) throws(Refusal) {
        guard exists || change.email != nil else { throw ConsentContact.neverCreated }
        guard processing == .active else { throw ConsentContact.stopped }
        merge(locale: change.locale, change.profile, keeping: names)
        isVouchedFor(withAddress: change.email != nil)
    }

    /// `webform.submitted`: creates an unknown contact. Anyone can submit a form in another contact's name, so a form
    /// changes nothing of a known contact. The vault checks whether the form's address is the contact's.
    package mutating func submit(_ form: WebformSubmitted, keeping names: Set<String>) {
        guard !exists else { return }
        invitation.hold = .form
        merge(locale: form.locale, form.profile, keeping: names)
    }

    package func requireExistence() throws(Refusal) {
        guard exists else { throw ConsentContact.neverCreated }
    }

    /// `optin.changed`, which may arrive before the contact is known here.
    /// Returns false for an older fact, which changes nothing.
    @discardableResult package mutating func hearOptIn(_ status: String, from before: String? = nil, sequence: UInt64)
        -> Bool
    {
        guard optIn.hear(status, sequence: sequence) else { return false }
        heldOptOut = status == "single-opt-in-webform" ? before.flatMap { $0.hasPrefix("opt-out-") ? $0 : nil } : nil
        return true
    }

    /// `list.subscribed` and `list.left`.
    package mutating func hearList(_ name: String, isSubscribed: Bool, sequence: UInt64) {
        lists[name, default: LatestFact(false)].hear(isSubscribed, sequence: sequence)
    }

    /// The contact as it is after everything has been saved.
    package var saved: ConsentContact {
        var saved = self
        saved.unsaved = Unsaved()
        saved.orders = orders.saved
        saved.loadedSubmissions = submissions
        return saved
    }

    /// Takes the answer of an order's receiver: the state in force about the topic.
    package mutating func take(
        _ answer: OrderAnswer, on topic: String, since epoch: Int64, as stamp: OrderBook.Stamp
    ) -> OrderBook.Step {
        orders.take(answer, on: topic, since: epoch, as: stamp)
    }

    /// A fact about the contact's erasure (C5).
    package mutating func hearErasure(_ state: Erasure, dueAt: Timestamp? = nil, sequence: UInt64) {
        guard erasure.hear(state, sequence: sequence) else { return }
        erasureDueAt = dueAt ?? erasureDueAt
    }

    /// Submissions that are new or have changed since the contact was loaded.
    package var changedSubmissions: [Submission] {
        guard submissions != loadedSubmissions else { return [] }
        return submissions.filter { !loadedSubmissions.contains($0) }
    }

    /// The erasure service recorded a request (C5); its fact may arrive later.
    package mutating func isRequested(_ kind: RightsKind, dueAt: Timestamp) {
        switch kind {
        case .erasure:
            if erasure.value == .none { erasure.hear(.requested, sequence: erasure.sequence + 1) }
            erasureDueAt = dueAt
        case .access: accessDueAt = dueAt
        }
    }

    /// The values that conditions are evaluated on.
    package var facts: Condition.Facts {
        Condition.Facts(
            attributes: attributes, locale: locale, optIn: optIn.value,
            lists: Set(lists.filter(\.value.value).keys), consents: decisions.mapValues(\.choice.rawValue),
            processing: processing.rawValue, erasure: erasure.value.rawValue)
    }

    private mutating func merge(locale: String?, _ profile: [ContactChange.Entry], keeping names: Set<String>) {
        exists = true
        self.locale = locale ?? self.locale
        for entry in profile where names.contains(entry.name) { attributes[entry.name] = entry.value }
    }

    static let neverCreated = Refusal(.unknownContact, "no such contact was ever created")
    static let stopped = Refusal(.locked, "the contact has stopped the use of the data")
}

/// The state of a contact's erasure (C5).
package enum Erasure: String, Sendable, CaseIterable {
    case none
    case requested
    case completed
}

/// What the contact's page has changed, besides decisions.
package struct PageState: Sendable, Equatable {
    package var processing: Processing
    package var processingSince: Timestamp?
    package var erasure: LatestFact<Erasure>
    package var erasureDueAt: Timestamp?
    package var accessDueAt: Timestamp?
    package var linksFrom: Timestamp?
    package var submissions: [Submission]

    package init(
        processing: Processing = .active, processingSince: Timestamp? = nil,
        erasure: LatestFact<Erasure> = LatestFact(.none), erasureDueAt: Timestamp? = nil, accessDueAt: Timestamp? = nil,
        linksFrom: Timestamp? = nil,
        submissions: [Submission] = []
    ) {
        self.processing = processing
        self.processingSince = processingSince
        self.erasure = erasure
        self.erasureDueAt = erasureDueAt
        self.accessDueAt = accessDueAt
        self.linksFrom = linksFrom
        self.submissions = submissions
    }
}
