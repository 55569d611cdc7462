public import Models

/// The checked values of `assent.yaml` (contract section 6). Every part may be left out and then has its default.
public struct Settings: Sendable, Hashable {
    /// The look of page and mails.
    public let brand: Brand
    /// Language tags of every text; the first is the default.
    public let languages: [String]
    /// The attributes that conditions may use, by name.
    public let attributes: [String: Attribute]
    /// The preference page.
    public let page: Page
    /// In the order of the file, which is also the order on the page.
    public let consents: [Consent]
    /// In the order of the file, which is also the order on the page.
    public let lists: [MailingList]
    /// The vault's declared fields, by name.
    public let fields: [String: Field]
    /// The opt-in's policy and times.
    public let optIn: OptIn
    /// Reveals that one user gets in an hour (V3).
    public let revealsPerHour: Int
    /// The rate limits of the contacts' web.
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
    /// The workflows, in the order of the file.
    public let workflows: [Workflow]
    /// The settings of all mails.
    public let mail: Mail
    /// The file's content as JSON, UTF-8, member names sorted but those of `consents` and `lists`, whose order is the
    /// page's: equal for files that differ in layout and comments alone, so that its hash names a configuration.
    public let canonicalJSON: [UInt8]

    /// Reads a file of at most 1 MiB; throws every mistake at once.
    public static func load(yaml: String) throws(SettingsErrors) -> Settings {
        let document = YAMLDocument(yaml: yaml)
        guard let json = document.json else { throw SettingsErrors(document.mistakes) }
        let log = MistakeLog(document)
        // An empty file is a mistake, such as a missing mount or an empty template; `{}` means defaults only.
        if json == .null { log.report("the file holds nothing", at: "") }
        let settings = SettingsLoader(json, log: log).settings()
        guard log.mistakes.isEmpty else { throw SettingsErrors(log.mistakes) }
        return settings
    }

    /// A user's permissions: those of each role, and those of the user's own.
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
        /// Whether an erasure removes it in either mode (E3).
        public let identifying: Bool
    }

    /// The audience and the rules of the preference page.
    public struct Page: Sendable, Hashable {
        /// The contacts that have the page; nil: every contact (P2).
        public let audience: Condition?
        /// The contacts that are told of the page; nil: all that have it (P3).
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
        /// The list's title on the page, by language; empty: its name.
        public let text: [String: String]
    }

    /// A field of the vault.
    public struct Field: Sendable, Hashable {
        /// Whether it is encrypted, masked, and revealed by permission only (V1).
        public let sensitive: Bool
        /// The part of a sensitive field that stays visible; nil: none (V2).
        public let mask: Mask?
    }

    /// Which end of a value stays visible; at most four characters (V2).
    public enum Mask: Sendable, Hashable {
        case first(Int)
        case last(Int)
    }
}
