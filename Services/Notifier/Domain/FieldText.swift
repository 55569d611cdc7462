/// A contact's field as a mail may show it: whoever filled in a form chose the words (N1).
public enum FieldText {
    /// Characters of a value: more is no word of a sentence.
    private static let longest = 200
    /// Scalars of a name.
    private static let longestName = 60
    private static let names: Set<String> = ["firstName", "lastName"]

    /// On one line; empty where it may not be shown.
    public static func shown(_ value: String, of field: String, isConfirmed: Bool) -> String {
        guard !names.contains(field) || isConfirmed && isName(value) else { return "" }
        let line = String(String.UnicodeScalarView(value.unicodeScalars.filter(MailHeader.isAllowed)))
        return String(line.prefix(longest))
    }

    /// Letters, marks, spaces, hyphens and apostrophes, at most 60: no address, no sentence with a link.
    static func isName(_ value: String) -> Bool {
        let scalars = value.unicodeScalars
        return (1...longestName).contains(scalars.count) && scalars.contains { $0.properties.isAlphabetic }
            && scalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                    .nonspacingMark, .spacingMark, .enclosingMark, .spaceSeparator:
                    true
                default: "-'\u{2010}\u{2011}\u{2019}".unicodeScalars.contains(scalar)
                }
            }
    }
}
