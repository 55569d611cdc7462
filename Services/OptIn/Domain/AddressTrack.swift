/// Follows the vault, which alone decides which address a contact has, without waiting for it (O12).
///
/// A message that names an address reaches opt-in and the vault on ways of their own. Opt-in takes it at once and
/// remembers that the vault has not spoken on it; the vault's decision then confirms it or puts it right. What the
/// vault decided before the message came here is not taken again.
public struct AddressTrack: Sendable, Equatable {
    /// Messages remembered on either side; more means that the vault has been away for long, and its last word counts.
    private static let limit = 16

    /// The contact's address, as its keyed hash.
    public private(set) var current: String?
    /// Messages taken on which the vault has not spoken, oldest first.
    public private(set) var undecided: [String]
    /// Messages on which the vault has spoken before they came here.
    public private(set) var decided: [String]

    /// A track.
    public init(current: String? = nil, undecided: [String] = [], decided: [String] = []) {
        self.current = current
        self.undecided = undecided
        self.decided = decided
    }

    /// A message names an address. Returns whether the contact's address is another now.
    public mutating func name(_ hash: String, cause: String) -> Bool {
        if let index = decided.firstIndex(of: cause) {
            decided.remove(at: index)
            return false
        }
        undecided = (undecided + [cause]).suffix(Self.limit)
        return replace(hash)
    }

    /// The vault has decided on a message. Returns whether the contact's address is another now.
    public mutating func decide(_ hash: String?, cause: String) -> Bool {
        if let index = undecided.firstIndex(of: cause) {
            undecided.removeSubrange(...index)
            // A later message is under way at the vault, and its decision comes after this one.
            guard undecided.isEmpty else { return false }
        } else {
            decided = (decided + [cause]).suffix(Self.limit)
            guard undecided.isEmpty else { return false }
        }
        return replace(hash)
    }

    private mutating func replace(_ hash: String?) -> Bool {
        defer { current = hash }
        return current != nil && current != hash
    }
}
