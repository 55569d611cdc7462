package import Models

extension OptIn {
    /// A user, or an import, sets a status (O5, O6). The same status again changes nothing.
    ///
    /// - Throws: `locked` for a stopped contact (C4); `opted-out` after the contact's own opt-out, until they confirm
    ///   again (O7); `conflict` where a weaker opt-in would replace a stronger, or there is no `opt-out-user` to undo.
    package mutating func set(
        _ new: OptInStatus, _ reason: Change.Reason, user: String?, at now: Timestamp
    ) throws(Refusal) -> [Consequence] {
        try requireExistence()
        try requireNotStopped()
        guard status != .optOutContact, heldOptOut != .optOutContact else {
            throw Refusal(.optedOut, "the contact opted out; only the contact can undo that", at: "/data/status")
        }
        guard new != status else { return [] }
        switch new {
        case .singleOptInUser:
            guard status.strength < new.strength else {
                throw Refusal(.conflict, "the contact has a stronger opt-in", at: "/data/status")
            }
            heldOptOut = nil
        case .optOutUser: endAsking()
        case .none:
            guard status == .optOutUser else {
                throw Refusal(.conflict, "there is no opt-out-user to undo", at: "/data/status")
            }
        case .singleOptInWebform, .doubleOptIn, .optOutContact:
            throw Refusal(.invalidField, "is not a user's to set", at: "/data/status")
        }
        return change(to: new, by: .user, reason, Change.Evidence(user: user), at: now)
    }

    /// A user subscribes the contact to a list (O10); a stopped contact's record is `locked` (C4).
    package mutating func subscribe(to list: String) throws(Refusal) -> [Consequence] {
        try requireExistence()
        try requireNotStopped()
        return subscribe([list])
    }

    /// A user takes the contact off a list, which is no opt-out (O10). This works for a stopped contact too.
    package mutating func leave(_ list: String) throws(Refusal) -> [Consequence] {
        try requireExistence()
        return take(off: list)
    }

    /// Pending confirmations no longer subscribe to the list either.
    mutating func take(off list: String) -> [Consequence] {
        waitingLists.removeAll { $0 == list }
        for index in confirmations.indices where confirmations[index].state == .pending {
            confirmations[index].lists.removeAll { $0 == list }
        }
        guard lists.contains(list) else { return [] }
        lists.removeAll { $0 == list }
        return [.left(list: list)]
    }

    /// The contact sent a mail to a user, which opens a conversation: the user may reply (O9).
    package mutating func receive(messageHash: String, at now: Timestamp) throws(Refusal) {
        try requireExistence()
        lastReceivedAt = now
        newReceived.append(messageHash)
    }
}
