import ArgumentParser

/// `assent keys`
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Works on the keys that encrypt personal fields.",
        subcommands: [KeysRotateCommand.self])
}
