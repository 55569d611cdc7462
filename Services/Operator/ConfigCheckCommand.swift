import ArgumentParser
import Models
import Settings

/// `assent config check`
struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks a configuration and names every mistake with its line.",
        discussion: """
            Exit code 0 when it is in order, 1 when it has mistakes, 2 when it cannot be read. Where VAULT_DATABASE_URL
            (or the vault's own DATABASE_URL) is set, a field that was once sensitive must have stayed so; 3 when that
            database cannot be asked.

            Example:
              assent config check assent.yaml
            """)

    @Argument(help: "The file, - is standard input; default: $ASSENT_CONFIG, else assent.yaml.")
    var file: String?

    /// The settings in a file; prints every mistake and ends with 1 where it has any.
    static func settings(file: String?) throws -> Settings {
        try read(file).settings
    }

    private static func read(_ file: String?) throws -> (input: InputFile, yaml: String, settings: Settings) {
        let input = InputFile(path: file ?? variable("ASSENT_CONFIG") ?? "assent.yaml")
        guard let yaml = String(validating: try input.read(), as: UTF8.self) else {
            print("\(input.name):1:1: must be UTF-8")
            throw Ending(.refused)
        }
        let settings = try checked(file: input.name) { () throws(SettingsErrors) in try Settings.load(yaml: yaml) }
        return (input, yaml, settings)
    }

    func run() async throws {
        let (input, yaml, settings) = try Self.read(file)
        // If a database is configured, its check is mandatory: a failure to reach it fails the command.
        let remembered = try await VaultMemory()?.fields() ?? [:]
        try Self.checked(file: input.name) { () throws(SettingsErrors) in
            try Settings.check(yaml: yaml, against: remembered)
        }
        print("\(input.name): in order (\(Self.summary(settings)))")
    }

    private static func checked<Result>(
        file: String, _ check: () throws(SettingsErrors) -> Result
    ) throws(Ending) -> Result {
        do throws(SettingsErrors) {
            return try check()
        } catch {
            print(Terminal.printable(error.text(file: file)))
            throw Ending(.refused)
        }
    }

    private static func summary(_ settings: Settings) -> String {
        let counts = [
            (settings.consents.count, "consent"), (settings.lists.count, "list"), (settings.fields.count, "field"),
            (settings.attributes.count, "attribute"), (settings.roles.count, "role"),
            (settings.workflows.count, "workflow"),
        ]
        let parts = counts.map { count, name in "\(count) \(name)\(count == 1 ? "" : "s")" }
        return (parts + ["languages " + settings.languages.joined(separator: " ")]).joined(separator: ", ")
    }
}
