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

    package init(name: String, version: String, isGrantedByDefault: Bool, field: String?) {
        self.name = name
        self.version = version
        self.isGrantedByDefault = isGrantedByDefault
        self.field = field
    }
}
