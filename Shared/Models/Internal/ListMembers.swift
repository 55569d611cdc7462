/// `internal.list-members`, notifier → opt-in: asks for the subscribers of a list, page by page (N4).
package struct ListMembersQuestion: Sendable {
    /// Routing key.
    package static let type = "internal.list-members"
    /// Contacts in a page at most: the longest ids of so many fit a reply.
    package static let limit = 5000

    package let list: String
    /// The cursor from the page before; nil for the first page.
    package let after: String?
    /// Contacts wanted.
    package let limit: Int

    package init(list: String, after: String?, limit: Int) {
        self.list = list
        self.after = after
        self.limit = limit
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        list = try data.name("list")
        after = try data.optionalText("after", limit: 512)
        limit = Int(try data.integer("limit", in: 1...Int64(Self.limit)))
    }

    /// As `data`.
    package var json: JSON {
        JSON(present: ["list": .string(list), "after": .text(after), "limit": .number(String(limit))])
    }
}

/// Whether a contact is on a mailing list: opt-in's answer when consent asks for data that it has lost (X5).
package enum ListMembership: String, Sendable {
    case subscribed
    case left
}
