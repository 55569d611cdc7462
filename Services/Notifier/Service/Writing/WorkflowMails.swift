import Models
import NotifierDomain
import ServiceKit
import Settings
import Words

/// The mails that workflows order, as the configuration has them (C6).
struct WorkflowMails: Sendable {
    /// A rule's action that sends a mail.
    struct Action: Sendable {
        /// The address of the configuration that gets the mail; nil: the contact gets it.
        let other: EmailAddress?
        let template: String
    }

    private let settings: Settings
    private let templates: [String: WorkflowTemplate]

    /// Reads the templates that the rules name; one that is missing or names a sensitive field is a mistake.
    init(_ settings: Settings) throws(ServiceEnvironment.Mistake) {
        let vocabulary = WorkflowTemplate.Vocabulary(
            fields: Set(settings.fields.filter { !$0.value.sensitive }.keys))
        var templates: [String: WorkflowTemplate] = [:]
        for action in settings.workflows.flatMap(\.actions) {
            guard case .mail(_, let name) = action, templates[name] == nil else { continue }
            templates[name] = try WorkflowTemplate(
                name, languages: settings.languages, folder: settings.mail.templates, vocabulary)
        }
        self.settings = settings
        self.templates = templates
    }

    /// The action that ordered a mail; nil: the configuration has no such action any more.
    func action(of mail: WorkflowMail) -> Action? {
        guard let actions = settings.workflows.first(where: { $0.name == mail.workflow })?.actions,
            actions.indices.contains(mail.action), case .mail(let to, let template) = actions[mail.action]
        else { return nil }
        switch to {
        case .contact: return mail.isToContact ? Action(other: nil, template: template) : nil
        case .address(let address): return mail.isToContact ? nil : Action(other: address, template: template)
        }
    }

    /// The fields that a mail's template names.
    func fields(of mail: WorkflowMail) -> Set<String> {
        action(of: mail).flatMap { templates[$0.template] }?.fields ?? []
    }

    /// A mail's content. The contact gets it in the contact's language, others in the deployment's first one.
    ///
    /// A name is used only if it looks like one, in a mail to the contact only after the address confirmed an opt-in
    /// (N1): the name may be somebody else's words to a stranger. Others are named by the configuration.
    func content(
        of mail: WorkflowMail, with fields: [String: String], locale: String?, isConfirmed: Bool
    ) -> MailMessage.Content? {
        guard let template = action(of: mail).flatMap({ templates[$0.template] }) else { return nil }
        let language =
            mail.isToContact
            ? LanguageChoice(offered: settings.languages).choose(locale: locale) : settings.languages[0]
        let mayName = isConfirmed || !mail.isToContact
        var shown: [String: String] = [:]
        for name in template.fields {
            shown[name] = fields[name].map { FieldText.shown($0, of: name, isConfirmed: mayName) }
        }
        let names = WorkflowTemplate.Vocabulary.nameFields.compactMap { shown[$0] }.filter { !$0.isEmpty }
        let palette = Palette(settings.brand.colours)
        var values: [String: Any] = [
            "brand": settings.brand.name, "language": language, "accent": palette.accent,
            "onAccent": palette.onAccent, "email": fields["email"] ?? "",
        ]
        if !names.isEmpty { values["fullName"] = names.joined(separator: " ") }
        if template.isBuiltIn { values["words"] = said(Words.of(language).partnerMail) }
        return template.content(
            values.merging(shown.filter { !$0.value.isEmpty }) { own, _ in own }, language: language)
    }

    private func said(_ words: Words.PartnerMail) -> [String: String] {
        [
            "subject": words.subject, "title": words.title, "greeting": words.greeting, "reason": words.reason,
            "name": words.name, "address": words.address, "purpose": words.purpose, "regards": words.regards,
        ].mapValues { $0.replacing("{brand}", with: settings.brand.name) }
    }
}
