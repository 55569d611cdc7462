/// The properties of a consent declared in the configuration that decisions depend on.
public struct DeclaredConsent: Sendable, Equatable {
    /// Its name in messages.
    public let name: String
    /// The version of its text.
    public let version: String
    /// Whether the use is allowed before a decision.
    public let isGrantedByDefault: Bool
    /// The vault's field that this consent locks and unlocks (C1); nil: none.
    public let field: String?

    /// A declared consent.
    public init(name: String, version: String, isGrantedByDefault: Bool, field: String?) {
        self.name = name
        self.version = version
        self.isGrantedByDefault = isGrantedByDefault
        self.field = field
    }
}
