package import Models

/// The state of an e-mail address, by its keyed hash; it applies to every contact with that address (O4, O7).
package struct AddressRecord: Sendable, Equatable {
    /// Number of opt-outs by contacts with this address; each contact remembers how many of them it has applied.
    package var optOutCount: Int
    /// An opt-out is in force: no contact has confirmed since (O7).
    package var isOptedOut: Bool
    /// When the last double-opt-in mail to it was ordered; nil once the mail was answered (O4).
    package var mailedAt: Timestamp?
    /// The contact for which that mail was ordered.
    package var mailedFor: String?
    /// Records under hashes of other key versions point to this one.
    package var hasAliases = false
    /// The hash under which the record of the same address is stored; nil: this is it. Otherwise all other properties
    /// are meaningless.
    package var sameAs: String?

    /// Creates a record; the defaults describe an unknown address.
    package init(
        optOutCount: Int = 0, isOptedOut: Bool = false, mailedAt: Timestamp? = nil, mailedFor: String? = nil
    ) {
        self.optOutCount = optOutCount
        self.isOptedOut = isOptedOut
        self.mailedAt = mailedAt
        self.mailedFor = mailedFor
    }

    /// An alias: the record of another hash of the address whose record is stored under `root`.
    package static func alias(of root: String) -> AddressRecord {
        var record = AddressRecord()
        record.sameAs = root
        return record
    }

    /// Merges the record of another hash of the same address: a prohibition in either one applies.
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
