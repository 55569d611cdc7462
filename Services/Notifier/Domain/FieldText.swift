/// A contact's field in the form that a mail may show: anyone may have typed the value into a form (N1).
package enum FieldText {
    /// Maximum characters of a value; a longer one is no word of a sentence.
    private static let longest = 200
    /// Maximum Unicode scalars of a name.
    private static let longestName = 60
    private static let names: Set<String> = ["firstName", "lastName"]

    /// The value on one line; empty if it may not be shown.
    package static func shown(_ value: String, of field: String, isConfirmed: Bool) -> String {
        guard !names.contains(field) || isConfirmed && isName(value) else { return "" }
        let line = String(String.UnicodeScalarView(value.unicodeScalars.filter(MailHeader.isAllowed)))
        return String(line.prefix(longest))
    }

    /// Letters, marks, spaces, hyphens and apostrophes, at most 60: no address, no sentence with a link. Invisible
    /// characters are refused, such as the Hangul filler (a letter by its category), except those used in the spelling
    /// of names: a joiner between letters (Persian, Hindi) and an ideograph's variation selector (Japanese).
    static func isName(_ value: String) -> Bool {
        let scalars = Array(value.unicodeScalars)
        guard (1...longestName).contains(scalars.count), scalars.contains(where: isVisibleLetter) else { return false }
        return scalars.indices.allSatisfy { index in
            let scalar = scalars[index]
            let isAfterLetter = index > 0 && isPartOfWord(scalars[index - 1])
            if joiners.contains(scalar) {
                return isAfterLetter && index + 1 < scalars.count && isPartOfWord(scalars[index + 1])
            }
            if ideographVariants.contains(scalar) { return index > 0 && scalars[index - 1].properties.isIdeographic }
            if scalar.properties.isDefaultIgnorableCodePoint { return false }
            return isPartOfWord(scalar) || scalar.properties.generalCategory == .spaceSeparator
                || marksInNames.contains(scalar)
        }
    }

    private static let joiners: ClosedRange<Unicode.Scalar> = "\u{200C}"..."\u{200D}"
    private static let ideographVariants: ClosedRange<Unicode.Scalar> = "\u{E0100}"..."\u{E01EF}"
    private static let marksInNames: Set<Unicode.Scalar> = ["-", "'", "\u{2010}", "\u{2011}", "\u{2019}"]

    private static func isVisibleLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic && !scalar.properties.isDefaultIgnorableCodePoint
    }

    /// A visible letter or mark.
    private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark:
            !scalar.properties.isDefaultIgnorableCodePoint
        default: false
        }
    }
}
