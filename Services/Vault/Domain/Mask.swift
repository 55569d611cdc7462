/// Characters of a value that stay hidden at least; a value that is too short for it is hidden whole.
private let fewestHidden = 4
/// Drawn for what is hidden, however long it is.
private let dots = "\u{2022}\u{2022}\u{2022}\u{2022}"

/// What stays visible of a sensitive value: some characters, as a reader counts them, at one end (V2).
public enum Mask: Sendable, Equatable {
    /// Nothing.
    case hidden
    /// At most so many at the beginning.
    case first(Int)
    /// At most so many at the end.
    case last(Int)

    /// Characters that are visible at most, whatever the configuration says (V2).
    public static let mostVisible = 4

    /// The value as it is shown: its visible end and four dots.
    public func masked(_ value: String) -> String {
        switch self {
        case .hidden: dots
        case .first: visibleEnd(of: value) + dots
        case .last: dots + visibleEnd(of: value)
        }
    }

    /// What is shown of a value, and by what alone it is found (V5); empty where nothing is.
    public func visibleEnd(of value: String) -> String {
        switch self {
        case .hidden: ""
        case .first(let most): String(value.prefix(visible(most, of: value.count)))
        case .last(let most): String(value.suffix(visible(most, of: value.count)))
        }
    }

    /// A quarter of the value rounded up at most.
    private func visible(_ most: Int, of count: Int) -> Int {
        let visible = min(most, Self.mostVisible, (count + 3) / 4)
        return visible > 0 && count - visible >= fewestHidden ? visible : 0
    }
}
