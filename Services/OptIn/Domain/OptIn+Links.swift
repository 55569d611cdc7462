package import FoundationEssentials
package import Models

extension OptIn {
    /// The mail server accepted a double-opt-in mail.
    package mutating func mailed(_ id: UUID) {
        guard let index = confirmations.firstIndex(where: { $0.id == id && $0.state == .pending }) else { return }
        confirmations[index].isHanded = true
    }

    /// The confirm button of the double-opt-in page (O3). A press that looks automatic must give the mail's code (P6).
    package mutating func confirm(
        _ id: UUID, _ press: ButtonPress, evidence: Change.Evidence, _ occasion: Occasion
    ) throws(Refusal) -> (outcome: ConfirmOutcome, consequences: [Consequence]) {
        let index = try pending(id, at: occasion.now)
        switch press.verdict {
        case .human: break
        case .automatic: return (.codeWanted, [])
        case .wrongCode(let countsAsTry): return (countsAsTry ? countWrongCode(index) : .wrongCode, [])
        }
        confirmations[index].state = .confirmed
        let lists = confirmations[index].lists
        endAsking()
        answered(by: occasion.contact)
        record.isOptedOut = false
        let changes = change(to: .doubleOptIn, by: .contact, .confirmed, evidence, at: occasion.now)
        return (.confirmed, changes + subscribe(lists))
    }

    /// The decline button, "this was not me" (O4). An opt-out needs no proof of a human (P6).
    package mutating func decline(
        _ id: UUID, _ press: ButtonPress, evidence: Change.Evidence, _ occasion: Occasion
    ) throws(Refusal) -> [Consequence] {
        let index = try pending(id, at: occasion.now)
        var evidence = evidence
        evidence.isSuspect = press.looksAutomatic
        confirmations[index].state = .declined
        return optOut(.declined, evidence, occasion)
    }

    /// The mail program's one-click POST (O11). A repeated POST of a contact who has opted out changes nothing and is
    /// not spread to the address's other contacts again.
    package mutating func unsubscribe(
        evidence: Change.Evidence, _ occasion: Occasion
    ) throws(Refusal) -> [Consequence] {
        try requireExistence()
        return optOutOnce(.oneClick, evidence, occasion)
    }

    /// Opts out a contact who has not opted out yet. Otherwise only what waits for the contact ends, such as a
    /// double-opt-in mail asked for on the page; the address's other contacts do not follow again.
    mutating func optOutOnce(
        _ reason: Change.Reason, _ evidence: Change.Evidence, _ occasion: Occasion
    ) -> [Consequence] {
        guard status != .optOutContact else {
            endAsking()
            return []
        }
        return optOut(reason, evidence, occasion)
    }

    /// The opt-out holds for the address: its other contacts follow (O7).
    mutating func optOutAddress() {
        record.optOutCount += 1
        record.isOptedOut = true
        optOutSeen = record.optOutCount
    }

    /// Opts out the contact and the address.
    private mutating func optOut(
        _ reason: Change.Reason, _ evidence: Change.Evidence, _ occasion: Occasion
    ) -> [Consequence] {
        endAsking()
        answered(by: occasion.contact)
        optOutAddress()
        return change(to: .optOutContact, by: .contact, reason, evidence, at: occasion.now)
    }

    /// A mail that was answered no longer counts for the limit (O4).
    private mutating func answered(by contact: String) {
        mailedAt = nil
        guard record.mailedFor == contact else { return }
        record.mailedAt = nil
        record.mailedFor = nil
    }

    private mutating func countWrongCode(_ index: Int) -> ConfirmOutcome {
        confirmations[index].wrongCodes += 1
        guard confirmations[index].wrongCodes >= ButtonPress.codeTries else { return .wrongCode }
        confirmations[index].state = .spent
        return .spent
    }

    private func pending(_ id: UUID, at now: Timestamp) throws(Refusal) -> Int {
        guard let index = confirmations.firstIndex(where: { $0.id == id && $0.state == .pending }) else {
            throw Refusal(.conflict, "the link was used or ended before")
        }
        guard now < confirmations[index].expiresAt else { throw Refusal(.expired, "the link ran out") }
        return index
    }
}
