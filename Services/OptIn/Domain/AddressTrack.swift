/// The contact's address as the vault decides it, tracked without waiting for the vault (O12).
///
/// A message that names an address reaches opt-in and the vault independently. Opt-in applies it at once and remembers
/// it as undecided; the vault's decision later confirms or corrects it. A decision on a message that has not arrived
/// here yet is stored until it arrives, so that changes of the address are applied in the order of the messages.
package struct AddressTrack: Sendable, Equatable {
    /// Maximum messages remembered in each list. If it overflows, one service has been down for long, and the vault's
    /// latest decision applies.
    private static let limit = 16

    /// A decision of the vault on a message that has not arrived here yet.
    package struct Decision: Sendable, Equatable {
        package let cause: String
        /// The keyed hash of the address after the message.
        package let hash: String?

        package init(cause: String, hash: String?) {
            self.cause = cause
            self.hash = hash
        }
    }

    /// The keyed hash of the contact's address.
    package private(set) var current: String?
    /// Messages applied here that the vault has not decided on, oldest first.
    package private(set) var undecided: [String]
    /// Decisions of the vault on messages that have not arrived here, oldest first.
    package private(set) var decided: [Decision]

    /// Restores a track.
    package init(current: String? = nil, undecided: [String] = [], decided: [Decision] = []) {
        self.current = current
        self.undecided = undecided
        self.decided = decided
    }

    /// Applies a message that names an address. Returns whether the contact's address has changed.
    package mutating func name(_ hash: String, cause: String) -> Bool {
        if let index = decided.firstIndex(where: { $0.cause == cause }) {
            let decision = decided[index]
            // The vault decides in the order of the messages, so the messages of earlier decisions will not arrive any
            // more.
            decided.removeSubrange(...index)
            return replace(decision.hash)
        }
        undecided = (undecided + [cause]).suffix(Self.limit)
        return replace(hash)
    }

    /// Applies a decision of the vault. Returns whether the contact's address has changed.
    ///
    /// - Parameter isFinal: whether to apply a decision on a message that is not known here, because the message was
    ///   or will be refused.
    package mutating func decide(_ hash: String?, cause: String, isFinal: Bool = false) -> Bool {
        guard let index = undecided.firstIndex(of: cause) else {
            decided = (decided + [Decision(cause: cause, hash: hash)]).suffix(Self.limit)
            return isFinal ? replace(hash) : false
        }
        undecided.removeSubrange(...index)
        // If a later message is still undecided, the vault's decision on it follows.
        return undecided.isEmpty ? replace(hash) : false
    }

    /// Replaces the hash `old` by the hash `new` of the same address.
    mutating func rename(_ old: String, to new: String) {
        guard old != new else { return }
        if current == old { current = new }
        decided = decided.map { Decision(cause: $0.cause, hash: $0.hash == old ? new : $0.hash) }
    }

    private mutating func replace(_ hash: String?) -> Bool {
        defer { current = hash }
        return current != nil && current != hash
    }
}
