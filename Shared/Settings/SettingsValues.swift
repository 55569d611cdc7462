public import Models

extension Settings {
    /// A consent that the page asks for.
    public struct Consent: Sendable, Hashable {
        /// Its name in messages.
        public let name: String
        /// What it governs.
        public let kind: Kind
        /// Who sees it on the page; nil: whoever has the page (P2).
        public let shown: Condition?
        /// False: shown only (P2).
        public let editable: Bool
        /// Whether the use is allowed before the contact has decided.
        public let standard: Standard
        /// The text's version (C0).
        public let version: String
        /// The statement in every language (C0).
        public let text: [String: String]
        /// Why the use is allowed without a decision; there where the default is `granted`.
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
        /// Which statuses campaigns may go to (O8).
        public let policy: Policy
        /// At most one double-opt-in mail per contact and address in this time (O4).
        public let mailEvery: Duration
        /// How long a confirmation link works.
        public let linkLife: Duration
        /// How long a contact's mail allows replies; nil: without limit (O9).
        public let replyWindow: Duration?
    }

    /// Which statuses campaigns may go to (O8).
    public enum Policy: String, Sendable, CaseIterable {
        case double
        case doubleOrUser = "double-or-user"
        case any
    }

    /// The erasure's terms.
    public struct Erasure: Sendable, Hashable {
        /// From `contact.deleted` to its execution.
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
        /// What must hold when the action runs; nil: nothing.
        public let condition: Condition?
        /// In order; at least one.
        public let actions: [Action]
    }

    /// What a workflow does.
    public enum Action: Sendable, Hashable {
        /// A mail from a template.
        case mail(to: Addressee, template: String)
        /// A message; the object as it stands in the file.
        case publish(JSON)
    }

    /// Where a workflow's mail goes.
    public enum Addressee: Sendable, Hashable {
        /// `contact`: the contact whose fact it was.
        case contact
        /// Somebody else.
        case address(EmailAddress)
    }

    /// What every mail shares.
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
        /// The display name, free of what would need quoting; nil: none.
        public let name: String?
        /// The address.
        public let address: EmailAddress
    }
}
