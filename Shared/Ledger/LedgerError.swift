/// Why the ledger did not do what it was asked; names sizes and members, no value.
public enum LedgerError: Error, Sendable, Equatable {
    /// JSON that has no single form of RFC 8785 here: a number that is not whole or beyond 2^53, a member twice.
    case notCanonical
    /// An entry may not set this member itself.
    case reservedMember(String)
    /// The stored tree does not have the root that was signed at this size: nothing is added to it until
    /// `LedgerAudit` was asked and somebody has decided.
    case treeWasChanged(size: Int64)
    /// A row that a proof needs is missing.
    case nodeIsMissing(level: Int, index: Int64)
    /// The ledger has not grown to this size, or never had a checkpoint there.
    case unknownSize(Int64)
    /// The entry stands in no checkpoint yet.
    case notSignedYet
    /// The role that we connect as could change entries; it must not be their owner, nor a member of that role.
    case roleMayChangeEntries
}
