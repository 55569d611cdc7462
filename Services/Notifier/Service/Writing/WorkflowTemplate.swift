import Foundation
import Models
import Mustache
import NotifierDomain
import ServiceKit

/// A template of a workflow's mails (C6, N1): Mustache files `<name>.<language>.{subject,text,html}.mustache`, of which
/// the HTML part may be missing. It may name the contact's fields that are not sensitive, `email`, `fullName`, and
/// values of the deployment; a contact's values are data, never template.
struct WorkflowTemplate: Sendable {
    /// One language's parts.
    private struct Parts: Sendable {
        let subject: MustacheTemplate
        let text: MustacheTemplate
        let html: MustacheTemplate?
    }

    /// The names that a template may use.
    struct Vocabulary: Sendable {
        /// Declared fields that are not sensitive.
        let fields: Set<String>
        /// Values of the deployment, and `words` of the built-in template.
        static let ours: Set<String> = ["brand", "language", "accent", "onAccent", "words", "email", "fullName"]
        /// What `fullName` is made of.
        static let nameFields = ["firstName", "lastName"]
    }

    /// The template that exists without files: the contact's name and address, for a partner.
    static let builtInName = "partner-contact"

    let name: String
    /// The fields that the parts name.
    let fields: Set<String>
    /// Whether the built-in words may be used.
    let isBuiltIn: Bool
    private let parts: [String: Parts]

    /// Reads the template in these languages; a language without files of its own has those of the first one.
    init(
        _ name: String, languages: [String], folder: String?, _ vocabulary: Vocabulary
    ) throws(ServiceEnvironment.Mistake) {
        var fields: Set<String> = []
        var parts: [String: Parts] = [:]
        let isBuiltIn = name == Self.builtInName
        for language in languages {
            func part(_ kind: String) throws(ServiceEnvironment.Mistake) -> MustacheTemplate? {
                for language in [language, languages[0]] {
                    let file = "\(name).\(language).\(kind).mustache"
                    guard let source = try MailTemplates.replacement(file, in: folder) else { continue }
                    return try Self.template(source, kind, file, vocabulary, &fields)
                }
                guard isBuiltIn else { return nil }
                return try Self.template(Self.builtIn(kind), kind, "\(name).\(kind).mustache", vocabulary, &fields)
            }
            let (subject, text, html) = (try part("subject"), try part("text"), try part("html"))
            guard let subject, let text else {
                throw ServiceEnvironment.Mistake(
                    """
                    a workflow's mail template is missing: mail.templates must hold \
                    \(name).\(languages[0]).subject.mustache and \(name).\(languages[0]).text.mustache
                    """)
            }
            parts[language] = Parts(subject: subject, text: text, html: html)
        }
        guard fields.count <= ResolveQuestion.fieldsLimit else {
            throw ServiceEnvironment.Mistake(
                "the mail template \(name) names more than \(ResolveQuestion.fieldsLimit) fields")
        }
        self.name = name
        self.fields = fields
        self.isBuiltIn = isBuiltIn
        self.parts = parts
    }

    /// The mail's content; nil for a language that `init` was not given.
    func content(_ values: [String: Any], language: String) -> MailMessage.Content? {
        guard let parts = parts[language] else { return nil }
        let subject = parts.subject.render(values).split(whereSeparator: \.isNewline).joined(separator: " ")
        return MailMessage.Content(
            subject: subject, text: parts.text.render(values), html: parts.html.map { $0.render(values) })
    }

    private static func template(
        _ source: String, _ kind: String, _ file: String, _ vocabulary: Vocabulary, _ fields: inout Set<String>
    ) throws(ServiceEnvironment.Mistake) -> MustacheTemplate {
        try check(source, file, vocabulary, &fields)
        // Only the HTML part needs HTML escaping.
        let pragma = kind == "html" ? "" : "{{% CONTENT_TYPE:TEXT}}"
        do {
            return try MustacheTemplate(string: pragma + source)
        } catch {
            throw ServiceEnvironment.Mistake("the mail template \(file) cannot be read: \(error)")
        }
    }

    /// Collects the fields that the tags name; refuses tags that name anything unknown, such as a sensitive field.
    private static func check(
        _ source: String, _ file: String, _ vocabulary: Vocabulary, _ fields: inout Set<String>
    ) throws(ServiceEnvironment.Mistake) {
        for tag in source.matches(of: /\{\{([^\s\w.])?\s*([^{}]*?)\s*\}\}/) {
            let mark = tag.output.1.map(String.init) ?? ""
            if mark == "!" { continue }
            guard ["", "#", "^", "/"].contains(mark) else {
                throw ServiceEnvironment.Mistake("the mail template \(file) has a tag that begins with \(mark)")
            }
            let name = String(tag.output.2.prefix { $0 != "." })
            if name.isEmpty { continue }
            if vocabulary.fields.contains(name) {
                fields.insert(name)
            } else if name == "fullName" {
                fields.formUnion(Vocabulary.nameFields.filter(vocabulary.fields.contains))
            } else if !Vocabulary.ours.contains(name) {
                throw ServiceEnvironment.Mistake(
                    "the mail template \(file) names \(name), which is sensitive, an attribute or not declared")
            }
        }
    }

    private static func builtIn(_ kind: String) -> String {
        let bytes =
            switch kind {
            case "subject": PackageResources.partner_contact_subject_mustache
            case "text": PackageResources.partner_contact_text_mustache
            default: PackageResources.partner_contact_html_mustache
            }
        return String(decoding: bytes, as: UTF8.self)
    }
}
