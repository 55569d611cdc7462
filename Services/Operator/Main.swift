import ArgumentParser
import Glibc

/// The operators' command; each subcommand has its own file.
@main
struct Assent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assent",
        abstract: "Works on a running Assent, and checks its configuration.",
        discussion: """
            AMQP_URL (or AMQP_URL_FILE) names the broker and the account. For a local run:
              eval "$(./dev env | sed 's/^/export /')"

            Exit codes: 0 done, 1 refused or not as expected, 2 usage, 3 broker unreachable, 4 no answer in time.
            """,
        version: version,
        subcommands: [
            ConfigCommand.self, KeysCommand.self, PublishCommand.self, RequestCommand.self, LogCommand.self,
            LedgerCommand.self, PageCommand.self,
        ])

    static func main() async {
        Glibc.exit(await run(Array(CommandLine.arguments.dropFirst())))
    }

    /// Runs the command in the arguments; returns the process's exit code.
    private static func run(_ arguments: [String]) async -> Int32 {
        do {
            let parsed = try parseAsRoot(arguments)
            if var command = parsed as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = parsed
                try command.run()
            }
            return 0
        } catch let ending as Ending {
            if let message = ending.message { Terminal.complain(message) }
            return ending.status.rawValue
        } catch let error where exitCode(for: error) == .success {
            print(fullMessage(for: error))  // the output of --help and --version
            return 0
        } catch {
            Terminal.write(fullMessage(for: error))
            return Ending.Status.usage.rawValue
        }
    }
}

/// The release of the suite.
let version = "0.1.0"
