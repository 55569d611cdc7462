package import Models

/// A campaign's content, with placeholders for its recipients' fields (N1).
package struct CampaignText: Sendable {
    /// Maximum fields in one campaign, so that several campaigns fit one question to the vault.
    package static let fieldsLimit = 20
    /// Names that are neither field nor attribute (contract section 2).
    private static let reserved: Set<String> = ["email", "locale", "id"]

    private let subject: PlaceholderText
    private let text: PlaceholderText
    private let html: PlaceholderText?

    /// Parses a content.
    package init(_ content: MailMessage.Content) {
        subject = PlaceholderText(content.subject)
        text = PlaceholderText(content.text)
        html = content.html.map { PlaceholderText($0) }
    }

    /// Whether there is an HTML part, which tracking needs (C2).
    package var hasHTML: Bool { html != nil }

    /// The fields that the placeholders name.
    package var fields: Set<String> { parts.reduce(into: []) { $0.formUnion($1.text.fields) } }

    /// Refuses any placeholder that is not a field that mails may show; `unusable` are sensitive fields and attributes.
    package func check(_ data: Reader, unusable: Set<String>) throws(Refusal) {
        for (name, text) in parts {
            guard !text.hasMistake else {
                throw data.refusal(name, "may hold the names of fields between {{ and }}, and nothing else there")
            }
            guard text.fields.isDisjoint(with: unusable.union(Self.reserved)) else {
                throw data.refusal(name, "has a placeholder for what is sensitive, an attribute or no field")
            }
        }
        guard fields.count <= Self.fieldsLimit else {
            throw data.refusal("text", "names more than \(Self.fieldsLimit) fields with subject and html", .tooLarge)
        }
    }

    /// One recipient's content; `isConfirmed`: the address has confirmed an opt-in, so names may be used.
    package func filled(with values: [String: String], isConfirmed: Bool) -> MailMessage.Content {
        let value = { (name: String) in
            values[name].map { FieldText.shown($0, of: name, isConfirmed: isConfirmed) } ?? ""
        }
        return MailMessage.Content(
            subject: subject.filled(value), text: text.filled(value),
            html: html?.filled { value($0).escapedForHTML })
    }

    private var parts: [(name: String, text: PlaceholderText)] {
        [("subject", subject), ("text", text)] + (html.map { [("html", $0)] } ?? [])
    }
}
