public import Models

extension Settings {
    /// A consent that the page asks for.
    public struct Consent: Sendable, Hashable {
        /// Its name in messages.
        public let name: String
        /// The use that it governs.
        public let kind: Kind
        /// The contacts that see it on the page; nil: all that have the page (P2).
        public let shown: Condition?
        /// Whether the contact can change it; false: it is only shown (P2).
        public let editable: Bool
        /// Whether the use is allowed before the contact has decided.
        public let standard: Standard
        /// The text's version (C0).
        public let version: String
        /// The statement in every language (C0).
        public let text: [String: String]
        /// Why the use is allowed without a decision; required where the default is `granted`.
        public let legalBasis: String?
    }

    /// The kinds of consent.
    public enum Kind: Sendable, Hashable {
        /// Storage and use of this field (C1).
        case field(String)
        /// Engagement tracking (C2).
        case tracking
        /// Anything else (C3).
        case custom
    }

    /// A consent's setting `default`.
    public enum Standard: String, Sendable, CaseIterable {
        case refused
        case granted
    }

    /// The opt-in's policy and times.
    public struct OptIn: Sendable, Hashable {
        /// The statuses that campaigns may go to (O8).
        public let policy: Policy
        /// At most one double-opt-in mail per contact and address in this time (O4).
        public let mailEvery: Duration
        /// How long a confirmation link works.
        public let linkLife: Duration
        /// How long a contact's mail allows replies; nil: without limit (O9).
        public let replyWindow: Duration?
    }

    /// The statuses that campaigns may go to (O8).
    public enum Policy: String, Sendable, CaseIterable {
        case double
        case doubleOrUser = "double-or-user"
        case any
    }

    /// The erasure's terms.
    public struct Erasure: Sendable, Hashable {
        /// The time from `contact.deleted` to its execution.
        public let grace: Duration
        /// The age at which the deployment's backups are gone (E3).
        public let backupsKept: Duration
        /// Other systems that erase too (E2).
        public let participants: [Participant]
    }

    /// Another system that erases too (E2).
    public struct Participant: Sendable, Hashable {
        /// Its name in reports and certificates.
        public let name: String
        /// The broker account whose reports count.
        public let account: String
    }

    /// An automatic rule (C6).
    public struct Workflow: Sendable, Hashable {
        /// Unique.
        public let name: String
        /// The type of fact that triggers it.
        public let trigger: String
        /// The condition that must hold when the action runs; nil: none.
        public let condition: Condition?
        /// In order; at least one.
        public let actions: [Action]
    }

    /// An action of a workflow.
    public enum Action: Sendable, Hashable {
        /// A mail from a template.
        case mail(to: Addressee, template: String)
        /// A message; the object as it stands in the file.
        case publish(JSON)
    }

    /// The recipient of a workflow's mail.
    public enum Addressee: Sendable, Hashable {
        /// `contact`: the contact whose fact triggered the workflow.
        case contact
        /// Another address.
        case address(EmailAddress)
    }

    /// The settings of all mails.
    public struct Mail: Sendable, Hashable {
        /// The sender; nil: the deployment has none, and cannot send.
        public let from: Sender?
        /// The words above the page link, by language; empty: the template's own (P4).
        public let footer: [String: String]
        /// A folder of templates that replace the built-in ones (N1).
        public let templates: String?
    }

    /// A mail's sender.
    public struct Sender: Sendable, Hashable {
        /// The display name, without characters that need quoting; nil: none.
        public let name: String?
        /// The address.
        public let address: EmailAddress
    }
}
