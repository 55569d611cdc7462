import Ledger
import Models
import VaultDomain

extension AccessEntry {
    /// The `type` of an access log entry in the ledger.
    static let type = "vault.reveal"
    static let released = "released"
    static let refused = "refused"

    /// The ledger entry; contact and reason are erasable evidence (V3).
    func recorded(as index: LedgerIndex) throws(LedgerError) -> LedgerEntry {
        let statement = JSON(present: [
            "type": .string(Self.type), "at": .string(at.rfc3339), "user": .string(viewer.name),
            "by": .string(viewer.sort), "field": .string(field),
            "outcome": .string(isReleased ? Self.released : Self.refused), "refusal": .text(refusal?.rawValue),
            "count": .number(String(count)),
        ])
        let evidence = contact.map { JSON(present: ["contact": .string($0), "reason": .text(reason)]) }
        return try LedgerEntry(index, statement: statement, evidence: evidence)
    }
}

extension AccessLog {
    /// The index of an entry.
    func index(of number: Int64) -> LedgerIndex { LedgerIndex(partition: partition, number: number, epoch: epoch) }

    /// The ledger entries that a batch adds.
    func recorded() throws(LedgerError) -> [LedgerEntry] {
        var recorded: [LedgerEntry] = []
        for (number, entry) in entries {
            recorded.append(try entry.recorded(as: index(of: number)))
        }
        return recorded
    }
}
