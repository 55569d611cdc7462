import Ledger
import Models
import VaultDomain

extension AccessEntry {
    /// The member `type` of an entry of the access log.
    static let type = "vault.reveal"
    static let released = "released"
    static let refused = "refused"

    /// As it is recorded: contact and reason can be erased (V3).
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
    /// An entry's name.
    func index(of number: Int64) -> LedgerIndex { LedgerIndex(partition: partition, number: number, epoch: epoch) }

    /// What a batch adds, as it is recorded.
    func recorded() throws(LedgerError) -> [LedgerEntry] {
        var recorded: [LedgerEntry] = []
        for (number, entry) in entries {
            recorded.append(try entry.recorded(as: index(of: number)))
        }
        return recorded
    }
}
