import ArgumentParser

/// `assent ledger`
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Verifies the ledgers of decisions and of the access log, and makes and keeps proofs of them.",
        discussion: """
            Every decision of a contact is a leaf of one Merkle tree (RFC 9162), and every entry of the access log is a
            leaf of another one (--ledger consent, --ledger vault). Their heads are signed at least every second while
            there is something new. Keep such a checkpoint of each now and then, away from the database:
              assent ledger checkpoint --ledger consent > kept.note
              assent ledger verify --ledger consent --since kept.note
            """,
        subcommands: [LedgerVerifyCommand.self, LedgerProveCommand.self, LedgerCheckpointCommand.self])
}
