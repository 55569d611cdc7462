/// Follows the vault, which alone decides which address a contact has, without waiting for it (O12).
///
/// A message that names an address reaches opt-in and the vault on ways of their own. Opt-in takes it at once and
/// remembers that the vault has not spoken on it; the vault's decision then confirms it or puts it right. A decision on
/// a message that has not come here yet waits for it, so that what happens to a contact happens in the messages' order.
public struct AddressTrack: Sendable, Equatable {
    /// Messages remembered on either side; more means that one of the two has been away for long, and the vault's last
    /// word counts.
    private static let limit = 16

    /// What the vault decided on a message that has not come yet.
    public struct Decision: Sendable, Equatable {
        /// The message.
        public let cause: String
        /// The address after it, as its keyed hash.
        public let hash: String?

        /// A decision.
        public init(cause: String, hash: String?) {
            self.cause = cause
            self.hash = hash
        }
    }

    /// The contact's address, as its keyed hash.
    public private(set) var current: String?
    /// Messages taken on which the vault has not spoken, oldest first.
    public private(set) var undecided: [String]
    /// What the vault decided before the message came here, oldest first.
    public private(set) var decided: [Decision]

    /// A track.
    public init(current: String? = nil, undecided: [String] = [], decided: [Decision] = []) {
        self.current = current
        self.undecided = undecided
        self.decided = decided
    }

    /// A message names an address. Returns whether the contact's address is another now.
    public mutating func name(_ hash: String, cause: String) -> Bool {
        if let index = decided.firstIndex(where: { $0.cause == cause }) {
            let decision = decided[index]
            // The vault decides in the order of the messages: what it decided before this one never came here.
            decided.removeSubrange(...index)
            return replace(decision.hash)
        }
        undecided = (undecided + [cause]).suffix(Self.limit)
        return replace(hash)
    }

    /// The vault has decided on a message. Returns whether the contact's address is another now.
    public mutating func decide(_ hash: String?, cause: String) -> Bool {
        guard let index = undecided.firstIndex(of: cause) else {
            decided = (decided + [Decision(cause: cause, hash: hash)]).suffix(Self.limit)
            return false
        }
        undecided.removeSubrange(...index)
        // A later message is under way at the vault, and its decision comes after this one.
        return undecided.isEmpty ? replace(hash) : false
    }

    /// The hash `old` and the hash `new` are of one address.
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
