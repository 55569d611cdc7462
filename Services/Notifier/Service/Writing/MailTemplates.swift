import Foundation
import Mustache
import NotifierDomain
import ServiceKit

/// The texts of the suite's own mails: built in, or from a folder that replaces single files (N1).
struct MailTemplates: Sendable {
    /// A mail of the suite's own.
    enum Name: String, Sendable, CaseIterable {
        case doubleOptIn = "double-opt-in"
    }

    /// One mail in one language.
    struct Template: Sendable {
        let subject: MustacheTemplate
        let text: MustacheTemplate
        let html: MustacheTemplate
    }

    private let templates: [Name: [String: Template]]

    /// Reads all templates for these languages; a language that has none gets English.
    init(languages: [String], folder: String?) throws(ServiceEnvironment.Mistake) {
        var templates: [Name: [String: Template]] = [:]
        for name in Name.allCases {
            for language in languages {
                templates[name, default: [:]][language] = try Self.template(name, language, folder: folder)
            }
        }
        self.templates = templates
    }

    /// A mail's template; nil for a language that `init` was not given.
    func template(_ name: Name, language: String) -> Template? { templates[name]?[language] }

    private static func template(
        _ name: Name, _ language: String, folder: String?
    ) throws(ServiceEnvironment.Mistake) -> Template {
        func part(_ kind: String) throws(ServiceEnvironment.Mistake) -> MustacheTemplate {
            let file = "\(name.rawValue).\(language).\(kind).mustache"
            guard let source = try replacement(file, in: folder) ?? builtIn(name, language, kind) else {
                throw ServiceEnvironment.Mistake("the mail template \(file) is missing")
            }
            // Only HTML is escaped for HTML.
            let pragma = kind == "html" ? "" : "{{% CONTENT_TYPE:TEXT}}"
            do {
                return try MustacheTemplate(string: pragma + source)
            } catch {
                throw ServiceEnvironment.Mistake("the mail template \(file) cannot be read: \(error)")
            }
        }
        return Template(subject: try part("subject"), text: try part("text"), html: try part("html"))
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

    private static func builtIn(_ name: Name, _ language: String, _ kind: String) -> String? {
        let language = LanguageChoice.language(for: language, among: ["en", "de"])
        let bytes: [UInt8]? =
            switch (name, language, kind) {
            case (.doubleOptIn, "de", "subject"): PackageResources.double_opt_in_de_subject_mustache
            case (.doubleOptIn, "de", "text"): PackageResources.double_opt_in_de_text_mustache
            case (.doubleOptIn, "de", "html"): PackageResources.double_opt_in_de_html_mustache
            case (.doubleOptIn, _, "subject"): PackageResources.double_opt_in_en_subject_mustache
            case (.doubleOptIn, _, "text"): PackageResources.double_opt_in_en_text_mustache
            case (.doubleOptIn, _, "html"): PackageResources.double_opt_in_en_html_mustache
            default: nil
            }
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}
