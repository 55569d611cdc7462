import Foundation
import Mustache
import NotifierDomain
import ServiceKit
import Words

/// The mails that the suite writes itself: one built-in template, filled with the words of each language; files can
/// replace its parts (N1).
struct MailTemplates: Sendable {
    /// One mail in one language.
    struct Parts: Sendable {
        let subject: MustacheTemplate
        let text: MustacheTemplate
        let html: MustacheTemplate
        /// The language tag of the HTML part (BCP 47); a replacement file has the language in its name.
        let language: String
    }

    private let templates: [MailRule.Template: [String: Parts]]

    /// Reads all templates for these languages.
    init(languages: [String], folder: String?) throws(ServiceEnvironment.Mistake) {
        var templates: [MailRule.Template: [String: Parts]] = [:]
        for template in MailRule.Template.allCases {
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
            let file = "\(template.rawValue).\(language).\(kind).mustache"
            let source = try replacement(file, in: folder) ?? String(decoding: builtIn, as: UTF8.self)
            // Only the HTML part needs HTML escaping.
            let pragma = kind == "html" ? "" : "{{% CONTENT_TYPE:TEXT}}"
            do {
                return try MustacheTemplate(string: pragma + source)
            } catch {
                throw ServiceEnvironment.Mistake("the mail template \(file) cannot be read: \(error)")
            }
        }
        let builtIn = builtIn(template)
        return Parts(
            subject: try part("subject", builtIn.subject), text: try part("text", builtIn.text),
            html: try part("html", builtIn.html),
            language: try replacement("\(template.rawValue).\(language).html.mustache", in: folder) == nil
                ? Words.of(language).tag : language)
    }

    private static func builtIn(
        _ template: MailRule.Template
    ) -> (subject: [UInt8], text: [UInt8], html: [UInt8]) {
        switch template {
        case .doubleOptIn:
            (
                PackageResources.double_opt_in_subject_mustache, PackageResources.double_opt_in_text_mustache,
                PackageResources.double_opt_in_html_mustache
            )
        case .change, .undo, .resumed, .pageLink, .invitation, .newConsents, .renewal:
            (
                PackageResources.request_subject_mustache, PackageResources.request_text_mustache,
                PackageResources.request_html_mustache
            )
        }
    }

    /// The text of a file in the folder of templates; nil: there is none.
    static func replacement(
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
