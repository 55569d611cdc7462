public import Models

/// The checked values of `assent.yaml` (contract section 6). Every part may be left out and then has its default.
public struct Settings: Sendable, Hashable {
    /// The look of page and mails.
    public let brand: Brand
    /// Language tags of every text; the first is the default.
    public let languages: [String]
    /// What conditions may look at, by name.
    public let attributes: [String: Attribute]
    /// The preference page.
    public let page: Page
    /// In the order of the file, which is the page's.
    public let consents: [Consent]
    /// In the order of the file, which is the page's.
    public let lists: [MailingList]
    /// The vault's declared fields, by name.
    public let fields: [String: Field]
    /// The opt-in's policy and times.
    public let optIn: OptIn
    /// Reveals that one user gets in an hour (V3).
    public let revealsPerHour: Int
    /// How often the contacts' web may be asked.
    public let web: Web
    /// How long the broker keeps dead letters.
    public let deadLettersKept: Duration
    /// Bytes of bodies that a service's dead letters keep at most.
    public let deadLetterBytes: Int64
    /// How long rows of mails are kept after the mails ended (N5).
    public let mailsKept: Duration
    /// The erasure's terms.
    public let erasure: Erasure
    /// Permissions by role.
    public let roles: [String: Set<Permission>]
    /// Permissions by a user's `sub`.
    public let users: [String: Set<Permission>]
    /// In the order of the file.
    public let workflows: [Workflow]
    /// What every mail shares.
    public let mail: Mail
    /// The file's content as JSON, UTF-8, member names sorted but those of `consents` and `lists`, whose order is the
    /// page's: equal for files that differ in layout and comments alone, so that its hash names a configuration.
    public let canonicalJSON: [UInt8]

    /// Reads a file of at most 1 MiB; throws every mistake at once.
    public static func load(yaml: String) throws(SettingsErrors) -> Settings {
        let document = YAMLDocument(yaml: yaml)
        guard let json = document.json else { throw SettingsErrors(document.mistakes) }
        let log = MistakeLog(document)
        // A mount that is missing, or a template of which nothing came: defaults are asked for by `{}`.
        if json == .null { log.report("the file holds nothing", at: "") }
        let settings = SettingsLoader(json, log: log).settings()
        guard log.mistakes.isEmpty else { throw SettingsErrors(log.mistakes) }
        return settings
    }

    /// What a user may do: by each of the roles, and by name.
    public func permissions(roles names: [String], user: String) -> Set<Permission> {
        names.reduce(into: users[user] ?? []) { $0.formUnion(roles[$1] ?? []) }
    }

    /// The names that conditions may use.
    public var vocabulary: Condition.Vocabulary {
        Condition.Vocabulary(
            attributes: Set(attributes.keys), lists: Set(lists.map(\.name)), consents: Set(consents.map(\.name)))
    }

    /// How the deployment presents itself.
    public struct Brand: Sendable, Hashable {
        /// The organisation's name.
        public let name: String
        /// An `https` address, or a file's path.
        public let logo: String?
        /// `#rrggbb` by use: `accent`, `background`, `text`.
        public let colours: [String: String]
    }

    /// A profile key that the consent service keeps.
    public struct Attribute: Sendable, Hashable {
        /// Removed by an erasure in either mode (E3).
        public let identifying: Bool
    }

    /// Who has the preference page, and how it works.
    public struct Page: Sendable, Hashable {
        /// Who has it at all; nil: every contact (P2).
        public let audience: Condition?
        /// Who is told of it; nil: whoever has it (P3).
        public let notify: Condition?
        /// When a withdrawal counts.
        public let withdrawal: Withdrawal
        /// How long a link to it works (P4).
        public let linkLife: Duration
    }

    /// When a withdrawal made on the page counts (P6a).
    public enum Withdrawal: String, Sendable, CaseIterable {
        case confirm
        case atOnce = "at-once"
    }

    /// A mailing list.
    public struct MailingList: Sendable, Hashable {
        /// Its name in messages.
        public let name: String
        /// What the page calls it, by language; empty: its name.
        public let text: [String: String]
    }

    /// A field of the vault.
    public struct Field: Sendable, Hashable {
        /// Encrypted, masked, revealed by permission only (V1).
        public let sensitive: Bool
        /// What stays visible of a sensitive field; nil: nothing (V2).
        public let mask: Mask?
    }

    /// Which end of a value stays visible; at most four characters (V2).
    public enum Mask: Sendable, Hashable {
        case first(Int)
        case last(Int)
    }
}
