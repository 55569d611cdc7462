package import Models

extension Settings {
    /// A consent that the page asks for.
    package struct Consent: Sendable, Hashable {
        /// Its name in messages.
        package let name: String
        /// The use that it governs.
        package let kind: Kind
        /// The contacts that see it on the page; nil: all that have the page (P2).
        package let shown: Condition?
        /// Whether the contact can change it; false: it is only shown (P2).
        package let editable: Bool
        /// Whether the use is allowed before the contact has decided.
        package let standard: Standard
        /// The text's version (C0).
        package let version: String
        /// The statement in every language (C0).
        package let text: [String: String]
        /// Why the use is allowed, and for what (C8).
        package let grounds: Grounds
        /// When a grant lapses (C7); nil: never.
        package let expiry: Expiry?
    }

    /// Why a use is allowed, for what, and who gets the data (C8).
    package struct Grounds: Sendable, Hashable {
        package let basis: LegalBasis
        /// The purpose, by language; empty: none was stated.
        package let purpose: [String: String]
        /// Who else gets the data.
        package let recipients: [String]

        package init(basis: LegalBasis, purpose: [String: String], recipients: [String]) {
            self.basis = basis
            self.purpose = purpose
            self.recipients = recipients
        }
    }

    /// The legal bases of processing (GDPR article 6(1)).
    package enum LegalBasis: String, Sendable, CaseIterable {
        case consent
        case contract
        case legalObligation = "legal-obligation"
        case vitalInterests = "vital-interests"
        case publicTask = "public-task"
        case legitimateInterests = "legitimate-interests"

        /// Whether the contact may decide: agree, or object (GDPR article 21(1)).
        package var isContactsChoice: Bool {
            switch self {
            case .consent, .publicTask, .legitimateInterests: true
            case .contract, .legalObligation, .vitalInterests: false
            }
        }

        /// Whether the contact refuses by an objection.
        package var isObjection: Bool { self == .publicTask || self == .legitimateInterests }
    }

    /// When a grant lapses (C7).
    package struct Expiry: Sendable, Hashable {
        /// The time from the grant to its end.
        package let validFor: Duration
        /// How long before the end the contact is asked to renew it.
        package let renewBefore: Duration
        /// How long after the end the locked value is kept.
        package let clearAfter: Duration
    }

    /// The kinds of consent.
    package enum Kind: Sendable, Hashable {
        /// Storage and use of this field (C1).
        case field(String)
        /// Engagement tracking (C2).
        case tracking
        /// Anything else (C3).
        case custom
    }

    /// A consent's setting `default`.
    package enum Standard: String, Sendable, CaseIterable {
        case refused
        case granted
    }

    /// The opt-in's policy and times.
    package struct OptIn: Sendable, Hashable {
        /// The statuses that campaigns may go to (O8).
        package let policy: Policy
        /// At most one double-opt-in mail per contact and address in this time (O4).
        package let mailEvery: Duration
        /// How long a confirmation link works.
        package let linkLife: Duration
        /// How long a contact's mail allows replies; nil: without limit (O9).
        package let replyWindow: Duration?
    }

    /// The statuses that campaigns may go to (O8).
    package enum Policy: String, Sendable, CaseIterable {
        case double
        case doubleOrUser = "double-or-user"
        case any
    }

    /// The erasure's terms.
    package struct Erasure: Sendable, Hashable {
        /// The time from `contact.deleted` to its execution.
        package let grace: Duration
        /// The age at which the deployment's backups are gone (E3).
        package let backupsKept: Duration
        /// Other systems that erase too (E2).
        package let participants: [Participant]
    }

    /// Another system that erases too (E2).
    package struct Participant: Sendable, Hashable {
        /// Its name in reports and certificates.
        package let name: String
        /// The broker account whose reports count.
        package let account: String
    }

    /// An automatic rule (C6).
    package struct Workflow: Sendable, Hashable {
        /// Unique.
        package let name: String
        /// The type of fact that triggers it.
        package let trigger: String
        /// The condition that must hold when the action runs; nil: none.
        package let condition: Condition?
        /// In order; at least one.
        package let actions: [Action]
    }

    /// An action of a workflow.
    package enum Action: Sendable, Hashable {
        /// A mail from a template.
        case mail(to: Addressee, template: String)
        /// A message to a queue of the broker's definitions, with these attributes and fields of the contact; `email`
        /// names the address.
        case publish(queue: String, type: String, fields: [String])
    }

    /// The recipient of a workflow's mail.
    package enum Addressee: Sendable, Hashable {
        /// `contact`: the contact whose fact triggered the workflow.
        case contact
        /// Another address.
        case address(EmailAddress)
    }

    /// The settings of all mails.
    package struct Mail: Sendable, Hashable {
        /// The sender; nil: the deployment has none, and cannot send.
        package let from: Sender?
        /// The words above the page link, by language; empty: the template's own (P4).
        package let footer: [String: String]
        /// A folder of templates that replace the built-in ones (N1).
        package let templates: String?
    }

    /// A mail's sender.
    package struct Sender: Sendable, Hashable {
        /// The display name, without characters that need quoting; nil: none.
        package let name: String?
        package let address: EmailAddress
    }
}
