public import Models

/// An e-mail address as opt-in knows it, by its keyed hash: what holds for it whichever contacts have it (O4, O7).
public struct AddressRecord: Sendable, Equatable {
    /// Opt-outs that contacts with this address made; a contact remembers which of them it has taken up.
    public var optOutCount: Int
    /// The last one holds: nobody has confirmed since (O7).
    public var isOptedOut: Bool
    /// When the last double-opt-in mail to it was ordered; nil once its reader answered (O4).
    public var mailedAt: Timestamp?
    /// For which contact that mail was.
    public var mailedFor: String?

    /// A record; nothing is known of an address that nobody has had.
    public init(
        optOutCount: Int = 0, isOptedOut: Bool = false, mailedAt: Timestamp? = nil, mailedFor: String? = nil
    ) {
        self.optOutCount = optOutCount
        self.isOptedOut = isOptedOut
        self.mailedAt = mailedAt
        self.mailedFor = mailedFor
    }
}
