import ArgumentParser
import ConsentDomain
import ConsentPages
import FoundationEssentials
import Glibc
import Models
import Settings

/// `assent page preview`
struct PagePreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Writes the page as a new contact with a given profile would see it, from the configuration alone.",
        discussion: """
            The profile is a JSON object of attributes, such as {"region": "EU"}. Exit code 1 when the configuration has
            mistakes, 2 when a file cannot be read or written.

            Example:
              echo '{"region": "EU", "salesStage": "ready-to-buy"}' | assent page preview --profile - --language de
            """)

    @Option(help: "The file with the contact's profile, - is standard input.")
    var profile: String

    @Option(help: "The language of the page; default: the configuration's first.")
    var language: String?

    @Option(help: "The configuration; default: $ASSENT_CONFIG, else assent.yaml.")
    var config: String?

    @Option(help: "The file to write.")
    var output = "page.html"

    func run() async throws {
        let settings = try ConfigCheckCommand.settings(file: config)
        let attributes = try Self.attributes(InputFile(path: profile), settings)
        let page = try Self.page(settings, attributes, language: language)
        guard FileManager.default.createFile(atPath: output, contents: Data(page.html.utf8)) else {
            throw Ending(.usage, "\(output) cannot be written: \(String(cString: strerror(errno)))")
        }
        print(
            "\(output): the page of a contact with \(attributes.count) attribute\(attributes.count == 1 ? "" : "s"), "
                + "in \(page.language)")
    }

    /// The page of a new contact.
    static func page(_ settings: Settings, _ attributes: [String: JSON], language: String?) throws -> Page {
        let renderer = try PageRenderer(settings: settings)
        let contact = ConsentContact(exists: true, locale: language, attributes: attributes)
        let content = PageContent(
            contact: contact, rules: PageRules(settings), policy: settings.optIn.policy,
            email: EmailChoices(status: "none"), now: .now)
        return renderer.preferences(content, nonce: "", renderer.words(accept: nil, locale: language))
    }

    private static func attributes(_ file: InputFile, _ settings: Settings) throws -> [String: JSON] {
        guard let members = try? JSON(parsing: try file.read()).members else {
            throw Ending(.usage, "\(file.name) must be a JSON object of attributes")
        }
        for member in members where settings.attributes[member.name] == nil {
            Terminal.complain("\(member.name) is no attribute of the configuration and changes nothing")
        }
        return Dictionary(members.map { ($0.name, $0.value) }) { _, last in last }
    }
}
