package import Models

/// The checked values of `assent.yaml` (contract section 6). Every part may be left out and then has its default.
package struct Settings: Sendable, Hashable {
    /// The look of page and mails.
    package let brand: Brand
    /// Who is responsible for the data; nil: not stated.
    package let controller: Controller?
    /// Language tags of every text; the first is the default.
    package let languages: [String]
    /// The attributes that conditions may use, by name.
    package let attributes: [String: Attribute]
    package let page: Page
    /// In the order of the file, which is also the order on the page.
    package let consents: [Consent]
    /// In the order of the file, which is also the order on the page.
    package let lists: [MailingList]
    /// The vault's declared fields, by name.
    package let fields: [String: Field]
    /// The opt-in's policy and times.
    package let optIn: OptIn
    /// Reveals that one user gets in an hour (V3).
    package let revealsPerHour: Int
    /// The rate limits of the contacts' web.
    package let web: Web
    /// How long the broker keeps dead letters.
    package let deadLettersKept: Duration
    /// Bytes of bodies that a service's dead letters keep at most.
    package let deadLetterBytes: Int64
    /// How long rows of mails are kept after the mails ended (N5).
    package let mailsKept: Duration
    package let erasure: Erasure
    /// Permissions by role.
    package let roles: [String: Set<Permission>]
    /// Permissions by a user's `sub`.
    package let users: [String: Set<Permission>]
    /// The workflows, in the order of the file.
    package let workflows: [Workflow]
    /// The settings of all mails.
    package let mail: Mail
    /// The file's content as JSON, UTF-8, member names sorted but those of `consents` and `lists`, whose order is the
    /// page's: equal for files that differ in layout and comments alone, so that its hash names a configuration.
    package let canonicalJSON: [UInt8]

    /// Reads a file of at most 1 MiB; throws every mistake at once.
    package static func load(yaml: String) throws(SettingsErrors) -> Settings {
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
    package func permissions(roles names: [String], user: String) -> Set<Permission> {
        names.reduce(into: users[user] ?? []) { $0.formUnion(roles[$1] ?? []) }
    }

    /// The names that conditions may use.
    package var vocabulary: Condition.Vocabulary {
        Condition.Vocabulary(
            attributes: Set(attributes.keys), lists: Set(lists.map(\.name)), consents: Set(consents.map(\.name)))
    }

    /// How the deployment presents itself.
    package struct Brand: Sendable, Hashable {
        package let name: String
        /// An `https` address, or a file's path.
        package let logo: String?
        /// `#rrggbb` by use: `accent`, `background`, `text`.
        package let colours: [String: String]
    }

    /// A profile key that the consent service keeps.
    package struct Attribute: Sendable, Hashable {
        /// Whether an erasure removes it in either mode (E3).
        package let identifying: Bool
    }

    /// The audience and the rules of the preference page.
    package struct Page: Sendable, Hashable {
        /// The contacts that have the page; nil: every contact (P2).
        package let audience: Condition?
        /// The contacts that are told of the page; nil: all that have it (P3).
        package let notify: Condition?
        /// When a withdrawal counts.
        package let withdrawal: Withdrawal
        /// How long a link to it works (P4).
        package let linkLife: Duration
        /// The deployment's own words at the top; nil: the built-in ones.
        package let statement: Statement?
        /// Policies to read, in order.
        package let policies: [ReadablePolicy]
        /// The buttons that the page has.
        package let buttons: Set<Button>
    }

    /// A text with its version, by language.
    package struct Statement: Sendable, Hashable {
        package let version: String
        package let text: [String: String]

        package init(version: String, text: [String: String]) {
            self.version = version
            self.text = text
        }
    }

    /// A policy that contacts can read on the page (P1).
    package struct ReadablePolicy: Sendable, Hashable {
        package let name: String
        package let version: String
        /// By language.
        package let title: [String: String]
        /// By language; an empty line separates paragraphs.
        package let text: [String: String]
    }

    /// A button of the page that a deployment may leave out.
    package enum Button: String, Sendable, CaseIterable {
        case stopProcessing = "stop-processing"
        case access
        case erase
    }

    /// Who is responsible for the data (GDPR article 13(1)(a)).
    package struct Controller: Sendable, Hashable {
        package let name: String
        package let address: String?
        /// How to reach the controller: an e-mail address, a telephone number or a web address.
        package let contact: String?
        /// Where the privacy policy stands, an `https` address.
        package let privacyPolicy: String?
    }

    /// When a withdrawal made on the page counts (P6a).
    package enum Withdrawal: String, Sendable, CaseIterable {
        case confirm
        case atOnce = "at-once"
    }

    /// A mailing list.
    package struct MailingList: Sendable, Hashable {
        /// Its name in messages.
        package let name: String
        /// The list's title on the page, by language; empty: its name.
        package let text: [String: String]
    }

    /// A field of the vault.
    package struct Field: Sendable, Hashable {
        /// Whether it is encrypted, masked, and revealed by permission only (V1).
        package let sensitive: Bool
        /// The part of a sensitive field that stays visible; nil: none (V2).
        package let mask: Mask?
    }

    /// Which end of a value stays visible; at most four characters (V2).
    package enum Mask: Sendable, Hashable {
        case first(Int)
        case last(Int)
    }
}
