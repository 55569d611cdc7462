/// Characters of a text that is looked for, as a reader counts them (contract section 3).
private let fewest = 2
/// Characters of the beginnings that have a hash each: most words have no more. A longer text is looked up by its
/// first eight, and what is found is opened and compared.
private let longestBeginning = 8
/// Words of one value that it is found by: names and postal addresses have fewer, and 4 KiB could have 2,000.
private let mostWords = 32

/// What is visible of a field's values, by which alone they are found (V5).
public enum Findable: Sendable, Equatable {
    /// Of a sensitive field the end that a mask leaves, whole and exactly as it is shown.
    case end(Mask)
    /// Of another the beginnings of its words, in whatever case.
    case words

    /// A text by which values are found.
    public struct Sought: Sendable, Equatable {
        /// Whose hash is looked up.
        public let text: String
        /// The whole text where the hash is of its beginning: values are opened and asked whether they match.
        public let whole: String?
    }

    /// Names what is visible, so that what another configuration shows is never found.
    public var label: String {
        switch self {
        case .end(.hidden): "end none"
        case .end(.first(let count)): "end first \(count)"
        case .end(.last(let count)): "end last \(count)"
        case .words: "words"
        }
    }

    /// The texts by which a value is found, each once.
    public func texts(of value: String) -> Set<String> {
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

    /// What a text is looked up by; nil where it finds nothing.
    public func sought(_ text: String) -> Sought? {
        switch self {
        case .end(let mask):
            // Longer than a mask leaves, or shorter than is indexed, it would find nothing.
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

    /// Whether a value is found by a text that is longer than its hash's.
    public func isFound(_ value: String, by whole: String) -> Bool {
        switch self {
        case .end: false
        case .words: Self.beginnings(of: Self.words(of: value)).contains { $0.starts(with: whole) }
        }
    }

    /// Whether a text is long enough to be looked for.
    public static func isLongEnough(_ text: String) -> Bool { text.count >= fewest }

    /// The value from each of its first words on, words apart by one space: so two words in a row are found as well.
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

    /// As much of the words as has a hash: 4 KiB are not folded for the sake of 32 words.
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
    /// What is visible of a field; nil of one that is not declared, which is not searched.
    public func findable(_ name: FieldName) -> Findable? {
        masks[name].map { mask in mask.map { .end($0) } ?? .words }
    }

    /// Names what is visible of all fields: other rules make other hashes.
    public var findableText: String {
        let ends = masks.keys.sorted().compactMap { name in mask(of: name).map { (name.text, Findable.end($0).label) } }
        return (["2"] + ends.map { "\($0.0)\t\($0.1)" }).joined(separator: "\n")
    }
}
