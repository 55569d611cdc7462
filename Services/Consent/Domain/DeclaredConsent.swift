package import Models

/// The properties of a consent declared in the configuration that decisions depend on.
package struct DeclaredConsent: Sendable, Equatable {
    /// Its name in messages.
    package let name: String
    /// The version of its text.
    package let version: String
    /// Whether the use is allowed before a decision.
    package let isGrantedByDefault: Bool
    /// The vault's field that this consent locks and unlocks (C1); nil: none.
    package let field: String?
    /// The contacts that see it on the page; nil: all that have the page (P2).
    package let shown: Condition?
    /// Whether the contact can decide about it on the page; false: it is only shown.
    package let isEditable: Bool
    /// The statement, by language.
    package let texts: [String: String]

    /// When a grant lapses (C7); nil: never.
    package let expiry: GrantExpiry?

    package init(
        name: String, version: String, isGrantedByDefault: Bool, field: String?, shown: Condition? = nil,
        isEditable: Bool = true, texts: [String: String] = [:], expiry: GrantExpiry? = nil
    ) {
        self.name = name
        self.version = version
        self.isGrantedByDefault = isGrantedByDefault
        self.field = field
        self.shown = shown
        self.isEditable = isEditable
        self.texts = texts
        self.expiry = expiry
    }
}
