/// The erasure service's state of one contact; it has no content yet.
package struct ErasureContact: Sendable, Equatable {
    /// A contact that is not stored.
    package static let unknown = ErasureContact()

    /// Creates a contact without content.
    package init() {}
}
