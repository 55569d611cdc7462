/// A page of contacts, in the order of their ids: the answer to `consent.find`,
/// `internal.find` and `internal.list-members`.
package struct ContactPage: Sendable {
    package let contacts: [ContactID]
    /// The cursor for the next page; nil at the end.
    package let next: String?

    package init(contacts: [ContactID], next: String?) {
        self.contacts = contacts
        self.next = next
    }

    /// From the reply's `data`.
    package init(reading data: Reader) throws(Refusal) {
        contacts = try data.contacts("contacts", limit: Int(FindQuestion.mostContacts))
        next = try data.optionalText("next", limit: 512)
    }

    /// As the reply's result.
    package var json: JSON {
        ["contacts": .array(contacts.map { .string($0.text) }), "next": .text(next) ?? .null]
    }
}
