public import FoundationEssentials
import Models

/// What the messages decided on have added to a contact, as rows to save beside the contact's own.
public struct Unsaved: Sendable, Equatable {
    /// A decision, for the record.
    public struct Record: Sendable, Equatable {
        /// The consent's name.
        public let consent: String
        /// What was decided.
        public let decision: Decision
        /// What shows it.
        public let evidence: Evidence
    }

    /// Page links that were given out.
    public internal(set) var links: [UUID] = []
    /// Decisions, in their order.
    public internal(set) var records: [Record] = []
}
