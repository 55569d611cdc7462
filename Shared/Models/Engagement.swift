/// What a contact did with a mail or a document (C2): the data of `engagement.recorded`, `engagement.accepted` and
/// `internal.engagement`.
package struct Engagement: Sendable, Equatable {
    /// The kinds of engagement.
    package enum Kind: String, Sendable, CaseIterable {
        case mailOpened = "mail-opened"
        case linkClicked = "link-clicked"
        case documentViewed = "document-viewed"
    }

    /// Maximum bytes of an item.
    private static let longestItem = 4096

    package let kind: Kind
    /// The publisher's name of the mail, link or document; of a campaign of the suite its name, with `#` and the link's
    /// number for a link.
    package let item: String

    package init(_ kind: Kind, item: String) {
        self.kind = kind
        self.item = item
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        kind = try data.choice("kind")
        item = try data.name("item", limit: Self.longestItem)
    }

    /// As `data`.
    package var json: JSON { ["kind": .string(kind.rawValue), "item": .string(item)] }
}
