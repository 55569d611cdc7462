/// Minimum characters (graphemes) of a search text (contract section 3).
private let fewest = 2
/// Maximum characters of the beginnings that are hashed; most words are not longer. A longer text is looked up by its
/// first eight characters, and each hit is decrypted and compared.
private let longestBeginning = 8
/// Words of one value that are indexed: names and postal addresses have fewer, and 4 KiB could hold 2,000.
private let mostWords = 32

/// The visible part of a field's values, by which alone they can be found (V5).
package enum Findable: Sendable, Equatable {
    /// For a sensitive field: the end that the mask leaves visible, whole and exactly as shown.
    case end(Mask)
    /// For any other field: the beginnings of its words, ignoring case.
    case words

    /// A search text, prepared for the look-up.
    package struct Sought: Sendable, Equatable {
        /// The text whose hash is looked up.
        package let text: String
        /// The whole search text if only its beginning is hashed: hits must be decrypted and compared with it.
        package let whole: String?
    }

    /// Labels the rule; it is part of the hash, so that values indexed under other rules are not found.
    package var label: String {
        switch self {
        case .end(.hidden): "end none"
        case .end(.first(let count)): "end first \(count)"
        case .end(.last(let count)): "end last \(count)"
        case .words: "words"
        }
    }

    /// The distinct texts under which a value is indexed.
    package func texts(of value: String) -> Set<String> {
        switch self {
        case .end(let mask):
            let end = mask.visibleEnd(of: value)
            return end.count >= fewest ? [end] : []
        case .words:
            var texts: Set<String> = []
            for beginning in Self.beginnings(of: Self.firstWords(of: value)) {
                var text = ""
                for character in beginning.prefix(longestBeginning) {
                    text.append(character)
                    if character != " ", text.count >= fewest { texts.insert(text) }
                }
            }
            return texts
        }
    }

    /// Prepares a search text; nil if it cannot match.
    package func sought(_ text: String) -> Sought? {
        switch self {
        case .end(let mask):
            // A text longer than the visible end, or shorter than the indexed minimum, cannot match.
            guard mask != .hidden, (fewest...Mask.mostVisible).contains(text.count) else { return nil }
            return Sought(text: text, whole: nil)
        case .words:
            let words = Self.words(of: text).joined(separator: " ")
            guard words.count >= fewest else { return nil }
            var beginning = words.prefix(longestBeginning)
            if beginning.last == " " { beginning = beginning.dropLast() }
            return Sought(text: String(beginning), whole: beginning.count < words.count ? words : nil)
        }
    }

    /// Whether a value matches a text that is longer than its hashed beginning.
    package func isFound(_ value: String, by whole: String) -> Bool {
        switch self {
        case .end: false
        case .words: Self.beginnings(of: Self.words(of: value)).contains { $0.starts(with: whole) }
        }
    }

    /// Whether a text is long enough to be searched.
    package static func isLongEnough(_ text: String) -> Bool { text.count >= fewest }

    /// The rest of the value from each of its first words on, joined by single spaces, so that consecutive words match
    /// too.
    private static func beginnings(of words: [String]) -> [Substring] {
        let text = words.joined(separator: " ")
        var beginnings: [Substring] = []
        var rest = text[...]
        while !rest.isEmpty, beginnings.count < mostWords {
            beginnings.append(rest)
            rest = rest.firstIndex(of: " ").map { rest[rest.index(after: $0)...] } ?? ""
        }
        return beginnings
    }

    private static func words(of text: String) -> [String] {
        text.split(whereSeparator: isSeparator).map { String($0).caseFolded }
    }

    /// Folds only the words that are hashed, not all of a 4 KiB value.
    private static func firstWords(of text: String) -> [String] {
        let most = mostWords + longestBeginning / 2
        return text.split(maxSplits: most, whereSeparator: isSeparator).prefix(most).map { word in
            String(word.prefix(longestBeginning)).caseFolded
        }
    }

    private static func isSeparator(_ character: Character) -> Bool {
        character.isWhitespace || character.isPunctuation || character.isMathSymbol || character.isCurrencySymbol
    }
}

extension FieldRules {
    /// The visible part of a field; nil for an undeclared field, which is not searched.
    package func findable(_ name: FieldName) -> Findable? {
        masks[name].map { mask in mask.map { .end($0) } ?? .words }
    }

    /// Describes the rules of all fields; different rules make different hashes.
    package var findableText: String {
        let ends = masks.keys.sorted().compactMap { name in mask(of: name).map { (name.text, Findable.end($0).label) } }
        return (["2"] + ends.map { "\($0.0)\t\($0.1)" }).joined(separator: "\n")
    }
}
