import Foundation

extension String {
    /// The one text for all that Swift takes for equal (Unicode's normalisation form C): a name that travels in several
    /// spellings, such as `é` in one character or two, or the kelvin sign for `K`, is one name in the database too,
    /// which compares bytes.
    public var composed: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
    }
}
