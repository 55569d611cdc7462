/// What the erasure service knows of one contact: nothing before the first order.
public struct ErasureContact: Sendable, Equatable {
    /// A contact of whom nothing is known.
    public static let unknown = ErasureContact()

    /// Nothing.
    public init() {}
}
