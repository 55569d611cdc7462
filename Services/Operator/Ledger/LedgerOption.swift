import ArgumentParser
import Ledger

/// The ledgers of a deployment, each under the name of the service that keeps it.
enum LedgerName: String, CaseIterable, ExpressibleByArgument {
    case consent
    case vault

    /// The type of a request to the service, such as `vault.proof`.
    func type(_ request: String) -> String { "\(rawValue).\(request)" }

    /// Whether the key verifies this ledger's checkpoints: its name is the web's address, followed by this.
    func isVerified(by key: NoteVerifierKey) -> Bool { key.name.hasSuffix("/ledger/\(rawValue)") }
}

/// The option that chooses the ledger.
struct LedgerOption: ParsableArguments {
    @Option(help: "consent: the contacts' decisions. vault: the access log, which is the default.")
    private var ledger: LedgerName?

    /// The chosen ledger; nil: none was chosen.
    var chosen: LedgerName? { ledger }

    var name: LedgerName { ledger ?? .vault }
}
