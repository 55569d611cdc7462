import ArgumentParser

/// `assent ledger`
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Verifies the ledger behind the access log, and makes and keeps proofs of it.",
        discussion: """
            Every entry of the access log is a leaf of one Merkle tree (RFC 9162), whose head is signed at least every
            second while there is something new. Keep such a checkpoint now and then, away from the database:
              assent ledger checkpoint > kept.note
              assent ledger verify --since kept.note
            """,
        subcommands: [LedgerVerifyCommand.self, LedgerProveCommand.self, LedgerCheckpointCommand.self])

    /// The end of the ledger's name, which follows the web's address.
    static let originEnding = "/ledger/vault"
}
