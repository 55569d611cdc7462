import Models

/// New rows that a batch's messages add to a contact, saved with the contact's own row.
package struct Unsaved: Sendable, Equatable {
    /// A decision to insert.
    package struct Record: Sendable, Equatable {
        package let consent: String
        package let decision: Decision
        /// The evidence of the decision.
        package let evidence: Evidence
    }

    /// Decisions, oldest first.
    package internal(set) var records: [Record] = []
    /// Actions of workflows to insert (C6).
    package internal(set) var firings: [Firing] = []
    /// Consents whose decision in force has a new `followUp`.
    package internal(set) var followUps: Set<String> = []
}
