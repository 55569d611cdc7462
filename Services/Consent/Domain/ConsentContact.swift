public import FoundationEssentials
public import Models

/// What the consent service knows of one contact: nothing that reaches them, only what conditions may look at.
public struct ConsentContact: Sendable, Equatable {
    /// Whether a message ever created the contact; a fact may come first.
    public internal(set) var exists: Bool
    /// A language tag (BCP 47).
    public private(set) var locale: String?
    /// Strings, numbers and booleans by the name of a configured attribute.
    public private(set) var attributes: [String: JSON]
    /// The opt-in status, as the last fact told.
    public private(set) var optIn = LatestFact("none")
    /// The opt-out that holds until the contact confirms a form that came after it (O7), as that fact told; for opt-in,
    /// should it lose it (X5).
    public private(set) var heldOptOut: String?
    /// Whether the contact subscribes, as the last fact told, by the list's name.
    public private(set) var lists: [String: LatestFact<Bool>] = [:]
    /// The last decision on each consent, by the consent's name.
    public internal(set) var decisions: [String: Decision] = [:]
    /// Decisions that the vault has not carried out yet.
    public internal(set) var orders: OrderBook
    /// What is not saved yet.
    public internal(set) var unsaved = Unsaved()
    /// The partition's counter, during a decision that needs it.
    public var numbering: DecisionCounter?

    /// A contact of whom nothing is known.
    public static let unknown = ConsentContact(exists: false, locale: nil, attributes: [:])

    /// As it was saved.
    public init(
        exists: Bool, locale: String?, attributes: [String: JSON], optIn: LatestFact<String> = LatestFact("none"),
        heldOptOut: String? = nil,
        lists: [String: LatestFact<Bool>] = [:], decisions: [String: Decision] = [:], orders: OrderBook = OrderBook()
    ) {
        self.exists = exists
        self.locale = locale
        self.attributes = attributes
        self.optIn = optIn
        self.heldOptOut = heldOptOut
        self.lists = lists
        self.decisions = decisions
        self.orders = orders
    }

    /// `contact.created`: the address that the message must bring goes to the vault alone.
    public mutating func create(_ change: ContactChange, keeping names: Set<String>) throws(Refusal) {
        guard change.email != nil else { throw Refusal(.invalidField, "is required", at: "/data/email") }
        merge(locale: change.locale, change.profile, keeping: names)
    }

    /// `contact.updated`: creates the contact where an address comes with it.
    public mutating func update(_ change: ContactChange, keeping names: Set<String>) throws(Refusal) {
        guard exists || change.email != nil else { throw ConsentContact.neverCreated }
        merge(locale: change.locale, change.profile, keeping: names)
    }

    /// `webform.submitted`: anybody can send a form in anybody's name, so that one changes nothing of a known contact.
    /// Whether its address is the contact's is judged by the vault, which alone knows addresses.
    public mutating func submit(_ form: WebformSubmitted, keeping names: Set<String>) {
        guard !exists else { return }
        merge(locale: form.locale, form.profile, keeping: names)
    }

    /// `consent.link`: a link to the contact's page; the same id again is the same link.
    public mutating func link(_ id: UUID) throws(Refusal) {
        guard exists else { throw ConsentContact.neverCreated }
        if !unsaved.links.contains(id) { unsaved.links.append(id) }
    }

    /// `optin.changed`, which may come before the contact is known here.
    /// An older fact changes nothing: false.
    @discardableResult public mutating func hearOptIn(_ status: String, from before: String? = nil, sequence: UInt64)
        -> Bool
    {
        guard optIn.hear(status, sequence: sequence) else { return false }
        heldOptOut = status == "single-opt-in-webform" ? before.flatMap { $0.hasPrefix("opt-out-") ? $0 : nil } : nil
        return true
    }

    /// `list.subscribed` and `list.left`.
    public mutating func hearList(_ name: String, isSubscribed: Bool, sequence: UInt64) {
        lists[name, default: LatestFact(false)].hear(isSubscribed, sequence: sequence)
    }

    /// As it is once everything is saved.
    public var saved: ConsentContact {
        var saved = self
        saved.unsaved = Unsaved()
        saved.orders = orders.saved
        return saved
    }

    /// What the vault says is in force after an order.
    public mutating func take(_ answer: FieldLockDone, since epoch: Int64, as stamp: OrderBook.Stamp)
        -> OrderBook.Step
    {
        orders.take(answer.answer, on: answer.field, since: epoch, as: stamp)
    }

    /// What conditions look at.
    public var facts: Condition.Facts {
        Condition.Facts(
            attributes: attributes, locale: locale, optIn: optIn.value,
            lists: Set(lists.filter(\.value.value).keys), consents: decisions.mapValues(\.choice.rawValue))
    }

    private mutating func merge(locale: String?, _ profile: [ContactChange.Entry], keeping names: Set<String>) {
        exists = true
        self.locale = locale ?? self.locale
        for entry in profile where names.contains(entry.name) { attributes[entry.name] = entry.value }
    }

    static let neverCreated = Refusal(.unknownContact, "no such contact was ever created")
}
