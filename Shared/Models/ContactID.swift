/// A contact's id: 1–128 of `A–Z a–z 0–9 . _ : -`, chosen by the publisher; it says nothing of the person.
package struct ContactID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let text: String

    /// Nil where the text is no contact id.
    package init?(_ text: String) {
        let utf8 = text.utf8
        guard (1...128).contains(utf8.count), utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.text = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    package var description: String { text }

    /// By the text's bytes, so that rows are locked in one order everywhere.
    package static func < (one: ContactID, other: ContactID) -> Bool { one.text < other.text }
}

extension Reader {
    /// An array of at most `limit` contact ids.
    package func contacts(_ name: String, limit: Int = 10_000) throws(Refusal) -> [ContactID] {
        let elements = try elements(name, limit: limit)
        var contacts: [ContactID] = []
        contacts.reserveCapacity(elements.count)
        for (index, json) in elements.enumerated() {
            guard let text = json.text, let contact = ContactID(text) else {
                throw Refusal(.invalidField, "must be a contact id", at: "\(pointer(to: name))/\(index)")
            }
            contacts.append(contact)
        }
        return contacts
    }
}
