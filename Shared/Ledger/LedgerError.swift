/// Why a call to the ledger failed; names sizes and members, no value.
package enum LedgerError: Error, Sendable, Equatable {
    /// JSON that has no canonical form (RFC 8785) here: a number that is not whole or beyond 2^53, a member twice.
    case notCanonical
    /// An entry may not set this member itself.
    case reservedMember(String)
    /// The stored tree does not have the root that was signed at this size: nothing is added to it until an operator
    /// has run `LedgerAudit` and decided.
    case treeWasChanged(size: Int64)
    /// A row that a proof needs is missing.
    case nodeIsMissing(level: Int, index: Int64)
    /// The ledger has not grown to this size, or never had a checkpoint there.
    case unknownSize(Int64)
    /// No checkpoint covers the entry yet.
    case notSignedYet
    /// The connection's database role could change entries; it must not be the tables' owner, nor a member of that
    /// role.
    case roleMayChangeEntries
}
