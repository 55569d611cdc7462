import Foundation

extension String {
    /// The text in Unicode's normalisation form C: strings that Swift compares as equal get the same bytes. A name in
    /// several spellings, such as `é` in one character or two, or the kelvin sign for `K`, is so one name in the
    /// database too, which compares bytes.
    package var composed: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
    }
}
