import ArgumentParser

/// `assent config`
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Works on the suite's configuration.", subcommands: [ConfigCheckCommand.self])
}
