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
    /// Other hashes of the same address, under other versions of the key, lead here.
    public var hasAliases = false
    /// The hash under which the record of the same address stands; nil: it stands here. All else is then without
    /// meaning.
    public var sameAs: String?

    /// A record; nothing is known of an address that nobody has had.
    public init(
        optOutCount: Int = 0, isOptedOut: Bool = false, mailedAt: Timestamp? = nil, mailedFor: String? = nil
    ) {
        self.optOutCount = optOutCount
        self.isOptedOut = isOptedOut
        self.mailedAt = mailedAt
        self.mailedFor = mailedFor
    }

    /// Another hash of the address that the record under `root` is about.
    public static func alias(of root: String) -> AddressRecord {
        var record = AddressRecord()
        record.sameAs = root
        return record
    }

    /// Two records turn out to be of one address: what either forbids is forbidden.
    mutating func takeOver(_ other: AddressRecord) {
        optOutCount += other.optOutCount
        isOptedOut = isOptedOut || other.isOptedOut
        if let theirs = other.mailedAt, mailedAt.map({ $0 < theirs }) ?? true {
            mailedAt = theirs
            mailedFor = other.mailedFor
        }
        hasAliases = true
    }
}
