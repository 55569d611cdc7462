/// The erasure service's state of one contact; it has no content yet.
public struct ErasureContact: Sendable, Equatable {
    /// A contact that is not stored.
    public static let unknown = ErasureContact()

    /// Creates a contact without content.
    public init() {}
}
