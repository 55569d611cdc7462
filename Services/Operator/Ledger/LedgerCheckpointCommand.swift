import ArgumentParser
import Models

/// `assent ledger checkpoint`
struct LedgerCheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Prints the newest signed checkpoint, to be kept as a witness.",
        discussion: """
            It is a signed note (c2sp.org/tlog-checkpoint) and says nothing of anybody: give it to others, or keep it
            where nobody who can write to the service's database can. assent ledger verify --since FILE then finds
            whatever was changed or cut off of what stood in the ledger by now.
            """)

    @OptionGroup var ledger: LedgerOption

    func run() async throws {
        let asking = try await RequestSession.open(token: nil)
        let answer = try await asking.answer(to: ledger.name.type("checkpoint"), [:], timeout: Timeout(.seconds(10)))
        await asking.close()
        guard let note = answer["checkpoint"]?.text, Witness.isNote(note) else {
            throw Ending(.refused, "the reply holds no checkpoint")
        }
        print(Terminal.printable(note), terminator: "")
    }
}
