import Ledger

/// The keys of a deployment's ledgers.
struct LedgerKeys {
    /// The file or address that they were read from.
    let source: String
    let all: [NoteVerifierKey]

    /// The keys of one ledger; there is at least one.
    func keys(of ledger: LedgerName) throws(Ending) -> [NoteVerifierKey] {
        let found = all.filter(ledger.isVerified)
        guard !found.isEmpty else {
            throw Ending(.usage, "\(source) holds no key of the ledger of \(ledger.rawValue)")
        }
        return found
    }

    /// Throws for a kept checkpoint that another ledger's key has signed.
    func require(_ witness: Witness, of ledger: LedgerName) throws(Ending) {
        for other in LedgerName.allCases where other != ledger {
            guard Checkpoint(note: witness.note, verifiedBy: all.filter(other.isVerified)) == nil else {
                let name = other.rawValue
                throw Ending(.usage, "\(witness.name) is a checkpoint of the ledger of \(name): --ledger \(name)")
            }
        }
    }
}
