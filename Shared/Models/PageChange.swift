/// A change that a contact asks for on the page, and confirms by mail (P6).
package enum PageChange: Sendable, Hashable {
    case consent(String, isGranted: Bool)
    case list(String, isSubscribed: Bool)
    /// E-mails at all; `true` asks opt-in for its double-opt-in mail, which is the confirmation.
    case marketing(Bool)
    /// Stop the use of the data (C4).
    case stop
    case resume
    case erase
    /// A copy of the data (E7).
    case access
    /// End all older links to the page (P4).
    case endLinks

    /// The control's name (contract section 7): `consent.<name>`, `list.<name>`, `marketing`, `action`.
    package var name: String {
        switch self {
        case .consent(let name, _): "consent.\(name)"
        case .list(let name, _): "list.\(name)"
        case .marketing: "marketing"
        case .stop, .resume, .erase, .access, .endLinks: "action"
        }
    }

    /// The control's value: `granted`, `revoked`; `on`, `off`; `in`, `out`; the button's.
    package var value: String {
        switch self {
        case .consent(_, let isGranted): isGranted ? "granted" : "revoked"
        case .list(_, let isSubscribed): isSubscribed ? "on" : "off"
        case .marketing(let isOn): isOn ? "in" : "out"
        case .stop: "stop-processing"
        case .resume: "resume-processing"
        case .erase: "erase"
        case .access: "access"
        case .endLinks: "end-links"
        }
    }

    /// From a control; nil if it is none.
    package init?(name: String, value: String) {
        switch (name, value) {
        case ("marketing", "in"), ("marketing", "out"): self = .marketing(value == "in")
        case ("action", "stop-processing"): self = .stop
        case ("action", "resume-processing"): self = .resume
        case ("action", "erase"): self = .erase
        case ("action", "access"): self = .access
        case ("action", "end-links"): self = .endLinks
        default:
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return nil }
            switch (parts[0], value) {
            case ("consent", "granted"), ("consent", "revoked"):
                self = .consent(parts[1], isGranted: value == "granted")
            case ("list", "on"), ("list", "off"): self = .list(parts[1], isSubscribed: value == "on")
            default: return nil
            }
        }
    }

    /// The choice that it is about: of two changes of one choice the later counts.
    package var choice: String {
        switch self {
        case .stop, .resume: "processing"
        case .erase, .access, .endLinks: value
        case .consent, .list, .marketing: name
        }
    }

    /// Whether it permits something: only such a change may be cancelled on the page, which can be in another's hands.
    package var isGrant: Bool {
        switch self {
        case .consent(_, let isGranted): isGranted
        case .list(_, let isSubscribed): isSubscribed
        case .marketing(let isOn): isOn
        case .resume: true
        case .stop, .erase, .access, .endLinks: false
        }
    }

    /// Whether it takes a permission back, so that its acknowledgement waits for the leases (X3).
    package var isWithdrawal: Bool {
        switch self {
        case .consent(_, let isGranted): !isGranted
        case .list(_, let isSubscribed): !isSubscribed
        case .marketing(let isOn): !isOn
        case .stop: true
        case .resume, .erase, .access, .endLinks: false
        }
    }

    /// Whether a press that looks automatic suffices: anyone with a mail can unsubscribe by its header anyway (P6).
    package var needsNoHuman: Bool {
        switch self {
        case .list(_, false), .marketing(false): true
        case .list, .marketing, .consent, .stop, .resume, .erase, .access, .endLinks: false
        }
    }

    /// The change that undoes a withdrawal; nil if there is none.
    package var undone: PageChange? {
        switch self {
        case .consent(let name, false): .consent(name, isGranted: true)
        case .list(let name, false): .list(name, isSubscribed: true)
        case .marketing(false): .marketing(true)
        case .stop: .resume
        case .consent, .list, .marketing, .resume, .erase, .access, .endLinks: nil
        }
    }

    /// The withdrawal that this change undoes (P6a).
    package var withdrawn: PageChange {
        switch self {
        case .consent(let name, true): .consent(name, isGranted: false)
        case .list(let name, true): .list(name, isSubscribed: false)
        case .marketing(true): .marketing(false)
        case .resume: .stop
        case .consent, .list, .marketing, .stop, .erase, .access, .endLinks: self
        }
    }

    /// As a member of a message.
    package var json: JSON { ["name": .string(name), "value": .string(value)] }

    /// From a member of a message.
    package init(reading reader: Reader) throws(Refusal) {
        let name = try reader.name("name")
        guard let change = PageChange(name: name, value: try reader.name("value")) else {
            throw reader.refusal("name", "is no control of the page")
        }
        self = change
    }
}

extension Reader {
    /// The changes in an array.
    package func pageChanges(_ name: String) throws(Refusal) -> [PageChange] {
        var changes: [PageChange] = []
        for (json, pointer) in try array(name, limit: PageChange.limit) {
            changes.append(try PageChange(reading: try Reader(json, at: pointer)))
        }
        return changes
    }
}

extension PageChange {
    /// Changes of one form at most.
    package static let limit = 500
}
