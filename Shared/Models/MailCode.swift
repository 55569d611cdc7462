/// The six digits of a mail that a human types in (P6).
public enum MailCode {
    private static let length = 6

    /// The digits in a text, as ASCII: those of any script count, and what stands between them (blanks, hyphens, full
    /// stops, marks of direction) is passed over. Nil where they are not six, or where something else was typed in.
    public static func digits(in text: String) -> String? {
        var digits = ""
        for scalar in text.unicodeScalars {
            if scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue {
                digits += String(Int(value))
            } else if !isPassedOver(scalar) {
                return nil
            }
        }
        return digits.utf8.count == length ? digits : nil
    }

    private static func isPassedOver(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format, .dashPunctuation,
            .otherPunctuation, .connectorPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation:
            true
        default: false
        }
    }
}
