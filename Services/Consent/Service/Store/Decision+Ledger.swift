import ConsentDomain
import Ledger
import Models

extension Unsaved.Record {
    /// The decision's ledger entry; contact, evidence and statement are erasable (X1).
    func entry(of contact: String) throws(LedgerError) -> LedgerEntry {
        let statement: JSON = [
            "at": .string(decision.decidedAt.rfc3339), "consent": .string(consent),
            "decision": .string(decision.choice.rawValue), "textVersion": .string(decision.textVersion),
            "channel": .string(decision.channel),
        ]
        let opening: JSON = [
            "contact": .string(contact), "evidence": evidence.json, "text": .text(evidence.text) ?? .null,
        ]
        return try LedgerEntry(decision.index, statement: statement, evidence: opening)
    }
}

extension Evidence {
    /// Everything but the statement's text.
    fileprivate var json: JSON {
        JSON(present: [
            "note": .text(note), "reference": .text(reference), "recordedBy": .text(recordedBy),
            "remoteAddress": .text(remoteAddress), "userAgent": .text(userAgent),
            "isSuspect": isSuspect ? true : nil, "language": .text(language),
        ])
    }
}
