/// `internal.find`, notifier and opt-in → consent: the contacts that meet a condition, page by page; its data and its
/// answer are those of `consent.find`.
package struct FindQuestion: Sendable {
    /// Routing key.
    package static let type = "internal.find"
    /// Contacts in one page.
    package static let mostContacts: Int64 = 10_000
    /// Contacts in a page that names no limit.
    package static let standardLimit = 100

    /// `where`: a condition (contract section 5), not checked yet.
    package let condition: JSON
    /// The cursor from the page before; nil for the first page.
    package let after: String?
    /// Contacts in the page at most.
    package let limit: Int

    package init(condition: JSON, after: String? = nil, limit: Int = Self.standardLimit) {
        self.condition = condition
        self.after = after
        self.limit = limit
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        condition = try data.required("where")
        after = try data.optionalText("after")
        guard data.optional("limit") != nil else {
            limit = Self.standardLimit
            return
        }
        limit = Int(try data.integer("limit", in: 1...Self.mostContacts))
    }

    /// As `data`.
    package var json: JSON {
        JSON(present: ["where": condition, "after": .text(after), "limit": .number("\(limit)")])
    }
}
