import ArgumentParser
import Glibc
import Models

/// `assent log`
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Shows the access log: who revealed which field of whom and why, and who tried to.",
        discussion: """
            Newest first. The token needs the permission read-access-log. A count above 1 sums up refused attempts
            beyond 60 an hour; after erasure contact and reason are gone and shown as -.

            Times are of RFC 3339, a date (its beginning in UTC), or so long ago: 90s, 30m, 24h, 7d, 4w.

            Examples:
              assent log --from 24h
              assent log --contact c-1 --outcome released --all
              assent log --user grace --from 2026-11-01 --to 2026-12-01 --all --json | jq -r .contact
            """)

    /// Entries in one page: even with the longest reasons, the page stays far below a message's limit.
    private static let page = 200

    @Option(help: "A user's id, or the account's where no valid token came.")
    var user: String?

    @Option(help: "A contact's id.")
    var contact: String?

    @Option(help: "A field, such as creditCard.")
    var field: String?

    @Option(help: "released or refused.")
    var outcome: Outcome?

    @Option(help: ArgumentHelp("At this time or later.", valueName: "time"))
    var from: PastTime?

    @Option(help: ArgumentHelp("Before this time.", valueName: "time"))
    var to: PastTime?

    @Option(help: "Entries to show at most.")
    var limit = 100

    @Flag(help: "Show all entries.")
    var all = false

    @Flag(help: "Print an entry a line as JSON, as vault.log has it.")
    var json = false

    @OptionGroup var token: TokenOption

    enum Outcome: String, ExpressibleByArgument, CaseIterable {
        case released
        case refused
    }

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be above 0") }
    }

    func run() async throws {
        let asking = try await RequestSession.open(token: token.value)
        var table = LogTable(columns: Terminal.columns)
        var remaining = all ? Int.max : limit
        var next: JSON?
        var isEmpty = true
        repeat {
            let question = question(after: next, limit: min(remaining, Self.page))
            let answer = try await asking.answer(to: "vault.log", question, timeout: Timeout(.seconds(30)))
            guard let entries = answer["entries"]?.elements else {
                throw Ending(.refused, "the reply is no access log")
            }
            for line in json ? entries.map(\.oneLine) : table.lines(of: entries) { print(line) }
            fflush(nil)
            isEmpty = isEmpty && entries.isEmpty
            remaining -= entries.count
            next = answer["next"]?.text.map { .string($0) }
        } while next != nil && remaining > 0
        await asking.close()
        if isEmpty { Terminal.complain("the log has no such entry") }
        if next != nil { Terminal.complain("there are older entries: --limit N, or --all") }
    }

    private func question(after next: JSON?, limit: Int) -> JSON {
        JSON(present: [
            "user": .text(user), "contact": .text(contact), "field": .text(field),
            "outcome": .text(outcome?.rawValue), "from": .text(from?.time.rfc3339), "to": .text(to?.time.rfc3339),
            "after": next, "limit": .number(String(limit)),
        ])
    }
}
