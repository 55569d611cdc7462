import Foundation
import Mustache
import NotifierDomain
import ServiceKit

/// The suite's own mails: one built-in template, which words of each language fill, or files that replace its parts
/// (N1).
struct MailTemplates: Sendable {
    /// One mail in one language.
    struct Parts: Sendable {
        let subject: MustacheTemplate
        let text: MustacheTemplate
        let html: MustacheTemplate
    }

    private let templates: [MailRule.Template: [String: Parts]]

    /// Reads all templates for these languages.
    init(languages: [String], folder: String?) throws(ServiceEnvironment.Mistake) {
        var templates: [MailRule.Template: [String: Parts]] = [:]
        for template in MailRule.templates {
            for language in languages {
                templates[template, default: [:]][language] = try Self.parts(template, language, folder: folder)
            }
        }
        self.templates = templates
    }

    /// A mail's parts; nil for a language that `init` was not given.
    func parts(_ template: MailRule.Template, language: String) -> Parts? { templates[template]?[language] }

    private static func parts(
        _ template: MailRule.Template, _ language: String, folder: String?
    ) throws(ServiceEnvironment.Mistake) -> Parts {
        func part(_ kind: String, _ builtIn: [UInt8]) throws(ServiceEnvironment.Mistake) -> MustacheTemplate {
            let file = "\(template.name).\(language).\(kind).mustache"
            let source = try replacement(file, in: folder) ?? String(decoding: builtIn, as: UTF8.self)
            // Only HTML is escaped for HTML.
            let pragma = kind == "html" ? "" : "{{% CONTENT_TYPE:TEXT}}"
            do {
                return try MustacheTemplate(string: pragma + source)
            } catch {
                throw ServiceEnvironment.Mistake("the mail template \(file) cannot be read: \(error)")
            }
        }
        return Parts(
            subject: try part("subject", PackageResources.confirmation_subject_mustache),
            text: try part("text", PackageResources.confirmation_text_mustache),
            html: try part("html", PackageResources.confirmation_html_mustache))
    }

    private static func replacement(
        _ file: String, in folder: String?
    ) throws(ServiceEnvironment.Mistake) -> String? {
        guard let path = folder.map({ "\($0)/\(file)" }), FileManager.default.fileExists(atPath: path) else {
            return nil
        }
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else { throw ServiceEnvironment.Mistake("the mail template \(file) is not readable text") }
        return text
    }
}
