/// Minimum hidden characters; a shorter value is hidden whole.
private let fewestHidden = 4
/// Replaces the hidden part, regardless of its length.
private let dots = "\u{2022}\u{2022}\u{2022}\u{2022}"

/// The visible part of a sensitive value: some characters (graphemes) at one end (V2).
package enum Mask: Sendable, Equatable {
    /// Nothing is visible.
    case hidden
    /// At most this number of characters at the beginning.
    case first(Int)
    /// At most this number of characters at the end.
    case last(Int)

    /// Maximum visible characters for any configuration (V2).
    package static let mostVisible = 4

    /// The masked value: its visible end and four dots.
    package func masked(_ value: String) -> String {
        switch self {
        case .hidden: dots
        case .first: visibleEnd(of: value) + dots
        case .last: dots + visibleEnd(of: value)
        }
    }

    /// The visible end of a value, by which alone the value can be found (V5); empty if all is hidden.
    package func visibleEnd(of value: String) -> String {
        switch self {
        case .hidden: ""
        case .first(let most): String(value.prefix(visible(most, of: value.count)))
        case .last(let most): String(value.suffix(visible(most, of: value.count)))
        }
    }

    /// At most a quarter of the value, rounded up.
    private func visible(_ most: Int, of count: Int) -> Int {
        let visible = min(most, Self.mostVisible, (count + 3) / 4)
        return visible > 0 && count - visible >= fewestHidden ? visible : 0
    }
}
