package import Models

/// The recipients of a campaign: read from the request and from its job's data (N4).
package enum CampaignSelection: Sendable, Equatable {
    /// These contacts.
    case contacts([ContactID])
    /// The subscribers of a list.
    case list(String)
    /// The contacts that meet a condition, in its original JSON.
    case condition(JSON)

    /// Maximum contacts in one request.
    private static let contactsLimit = 10_000

    /// Reads exactly one of the members `contacts`, `list` and `where`.
    package init(reading data: Reader) throws(Refusal) {
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

    /// The member of a job's data.
    package var member: JSON.Member {
        switch self {
        case .contacts(let contacts): JSON.Member("contacts", .array(contacts.map { .string($0.text) }))
        case .list(let name): JSON.Member("list", .string(name))
        case .condition(let condition): JSON.Member("where", condition)
        }
    }

    /// The list whose membership the gate checks.
    package var list: String? {
        guard case .list(let name) = self else { return nil }
        return name
    }

    /// Refuses undeclared lists and invalid conditions.
    package func check(_ data: Reader, knowing vocabulary: Condition.Vocabulary) throws(Refusal) {
        switch self {
        case .contacts: break
        case .list(let name):
            guard vocabulary.lists.contains(name) else { throw data.refusal("list", "names no declared list") }
        case .condition(let condition):
            _ = try Condition(reading: condition, at: data.pointer(to: "where"), knowing: vocabulary)
        }
    }
}
