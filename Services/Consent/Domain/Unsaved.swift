public import FoundationEssentials
import Models

/// New rows that a batch's messages add to a contact, saved with the contact's own row.
public struct Unsaved: Sendable, Equatable {
    /// A decision to insert.
    public struct Record: Sendable, Equatable {
        /// The consent's name.
        public let consent: String
        /// The decision.
        public let decision: Decision
        /// The evidence of the decision.
        public let evidence: Evidence
    }

    /// Page links that were issued.
    public internal(set) var links: [UUID] = []
    /// Decisions, oldest first.
    public internal(set) var records: [Record] = []
}
