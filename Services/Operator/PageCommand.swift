import ArgumentParser

/// `assent page`
struct PageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "page", abstract: "Shows the contacts' page of a configuration.",
        subcommands: [PagePreviewCommand.self])
}
