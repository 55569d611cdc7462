public import Models

/// Who gets a campaign: what a request names, and what its job works on (N4).
public enum CampaignSelection: Sendable, Equatable {
    /// These contacts.
    case contacts([ContactID])
    /// The subscribers of a list.
    case list(String)
    /// The contacts that meet a condition, which stands here as it was given.
    case condition(JSON)

    /// Contacts that one request may name.
    private static let contactsLimit = 10_000

    /// From exactly one of the members `contacts`, `list` and `where`.
    public init(reading data: Reader) throws(Refusal) {
        let named = ["contacts", "list", "where"].filter { data.optional($0) != nil }
        guard named.count == 1 else {
            throw data.refusal(named.last ?? "contacts", "must be exactly one of contacts, list, where")
        }
        switch named[0] {
        case "contacts": self = .contacts(try data.contacts("contacts", limit: Self.contactsLimit))
        case "list": self = .list(try data.name("list"))
        default: self = .condition(try data.required("where"))
        }
    }

    /// As the member of a job's data.
    public var member: JSON.Member {
        switch self {
        case .contacts(let contacts): JSON.Member("contacts", .array(contacts.map { .string($0.text) }))
        case .list(let name): JSON.Member("list", .string(name))
        case .condition(let condition): JSON.Member("where", condition)
        }
    }

    /// The list that the mails are gated with.
    public var list: String? {
        guard case .list(let name) = self else { return nil }
        return name
    }

    /// Refuses what the configuration does not know.
    public func check(_ data: Reader, knowing vocabulary: Condition.Vocabulary) throws(Refusal) {
        switch self {
        case .contacts: break
        case .list(let name):
            guard vocabulary.lists.contains(name) else { throw data.refusal("list", "names no declared list") }
        case .condition(let condition):
            _ = try Condition(reading: condition, at: data.pointer(to: "where"), knowing: vocabulary)
        }
    }
}
