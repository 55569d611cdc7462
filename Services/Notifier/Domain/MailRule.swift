public import Models

/// What holds for one kind of mail. A new kind is a case of `MailKind` and a row here.
public struct MailRule: Sendable {
    /// As facts, the gate and the database name the kind.
    public let category: String
    /// The service that orders such mails; nil: a publisher does, by `mail.send` or `mail.campaign`.
    public let orderer: SuiteService?
    /// Where the suite writes the text itself: the template. Nil: the order brings the text.
    public let template: Template?
    /// The service that is asked, at hand-over, whether the mail may go (N2).
    public let gate: SuiteService
    /// The header `Auto-Submitted` (RFC 3834); nil where a person wrote the mail.
    public let autoSubmitted: String?
    /// Its recipient can unsubscribe by one POST (RFC 8058, O11).
    public let hasOneClick: Bool

    /// The text of a mail that the suite writes itself.
    public struct Template: Sendable, Hashable {
        /// As a folder of replacements names it (N1).
        public let name: String
        /// Of the link that it carries.
        public let link: LinkClass
    }

    /// All templates.
    public static let templates = [doubleOptIn].compactMap(\.template)

    private init(
        _ category: String, orderedBy orderer: SuiteService? = nil, _ template: Template? = nil,
        gate: SuiteService = .optin, autoSubmitted: String? = nil, hasOneClick: Bool = false
    ) {
        self.category = category
        self.orderer = orderer
        self.template = template
        self.gate = gate
        self.autoSubmitted = autoSubmitted
        self.hasOneClick = hasOneClick
    }

    static let doubleOptIn = MailRule(
        "double-opt-in", orderedBy: .optin, Template(name: "double-opt-in", link: .optIn),
        autoSubmitted: "auto-generated")
    static let campaign = MailRule("campaign", hasOneClick: true)
    static let autoresponder = MailRule("autoresponder", autoSubmitted: "auto-replied")
    static let workflow = MailRule("workflow", autoSubmitted: "auto-generated")
    static let adHoc = MailRule("ad-hoc")
    static let reply = MailRule("reply")
}

extension MailKind {
    /// The row of its kind.
    public var rule: MailRule {
        switch self {
        case .doubleOptIn: .doubleOptIn
        case .campaign: .campaign
        case .autoresponder: .autoresponder
        case .workflow: .workflow
        case .adHoc: .adHoc
        case .reply: .reply
        }
    }
}
