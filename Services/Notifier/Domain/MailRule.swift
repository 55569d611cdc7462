package import Models

/// The properties of one kind of mail. A new kind needs a case of `MailKind` and a rule here;
/// if the suite writes its text, also a case of `Template`, for which the compiler asks for words.
package struct MailRule: Sendable {
    /// The kind's name in facts, at the gate and in the database.
    package let category: String
    /// The service that orders such mails; nil: a publisher orders them, by `mail.send` or `mail.campaign`.
    package let orderer: SuiteService?
    /// The template of a mail whose text the suite writes. Nil: the order carries the text.
    package let template: Template?
    /// The services that permit or refuse the mail at hand-over: each must permit it (N2).
    package let gates: Set<SuiteService>
    /// The header `Auto-Submitted` (RFC 3834); nil if a person wrote the mail.
    package let autoSubmitted: String?
    /// Whether the mail carries a one-click unsubscribe link (RFC 8058, O11).
    package let hasOneClick: Bool
    /// Whether a mail whose text the suite does not write ends with the contact's page link (P4).
    package let hasFooter: Bool

    /// The template of a mail that the suite writes itself; the raw value names it in a folder of replacements (N1).
    package enum Template: String, Sendable, CaseIterable {
        case doubleOptIn = "double-opt-in"
        case change = "change-confirmation"
        case undo
        case resumed = "processing-resumed"
        case pageLink = "page-link"
        case invitation
        case newConsents = "new-consents"
        case renewal

        /// The class of the link in the mail.
        package var link: LinkClass {
            switch self {
            case .doubleOptIn: .optIn
            case .change, .undo: .confirm
            case .resumed, .pageLink, .invitation, .newConsents, .renewal: .page
            }
        }
    }

    private init(
        _ category: String, orderedBy orderer: SuiteService? = nil, _ template: Template? = nil,
        gates: Set<SuiteService> = [.optin], autoSubmitted: String? = nil, hasOneClick: Bool = false,
        hasFooter: Bool = true
    ) {
        self.category = category
        self.orderer = orderer
        self.template = template
        self.gates = gates
        self.autoSubmitted = autoSubmitted
        self.hasOneClick = hasOneClick
        self.hasFooter = hasFooter
    }

    /// A mail that carries out a request of the contact's.
    private init(request mail: RequestMail, _ template: Template) {
        self.init(mail.rawValue, orderedBy: .consent, template, gates: [.consent], autoSubmitted: "auto-generated")
    }

    /// A mail about the page that counts as ad hoc (O9).
    private init(notice mail: NoticeMail, _ template: Template) {
        self.init(mail.rawValue, orderedBy: .consent, template, autoSubmitted: "auto-generated")
    }

    static let doubleOptIn = MailRule(
        "double-opt-in", orderedBy: .optin, .doubleOptIn, autoSubmitted: "auto-generated")
    static let change = MailRule(request: .change, .change)
    static let undo = MailRule(request: .undo, .undo)
    static let resumed = MailRule(request: .resumed, .resumed)
    static let pageLink = MailRule(request: .pageLink, .pageLink)
    static let invitation = MailRule(notice: .invitation, .invitation)
    static let newConsents = MailRule(notice: .newConsents, .newConsents)
    static let renewal = MailRule(notice: .renewal, .renewal)
    static let campaign = MailRule("campaign", hasOneClick: true)
    static let autoresponder = MailRule("autoresponder", autoSubmitted: "auto-replied")
    static let workflow = MailRule("workflow", autoSubmitted: "auto-generated")
    static let firing = MailRule(
        "workflow", orderedBy: .consent, gates: [.consent, .optin], autoSubmitted: "auto-generated")
    /// To an address of the configuration: it concerns no opt-in, and the contact's page link is the contact's alone.
    static let firingToOthers = MailRule(
        "workflow", orderedBy: .consent, gates: [.consent], autoSubmitted: "auto-generated", hasFooter: false)
    static let adHoc = MailRule("ad-hoc")
    static let reply = MailRule("reply")
}

extension MailKind {
    /// The rule of this kind.
    package var rule: MailRule {
        switch self {
        case .doubleOptIn: .doubleOptIn
        case .request(.change, _, _): .change
        case .request(.undo, _, _): .undo
        case .request(.resumed, _, _): .resumed
        case .request(.pageLink, _, _): .pageLink
        case .notice(.invitation, _, _): .invitation
        case .notice(.newConsents, _, _): .newConsents
        case .notice(.renewal, _, _): .renewal
        case .campaign: .campaign
        case .autoresponder: .autoresponder
        case .workflow: .workflow
        case .firing(let mail): mail.isToContact ? .firing : .firingToOthers
        case .adHoc: .adHoc
        case .reply: .reply
        }
    }
}
