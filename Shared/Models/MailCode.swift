/// The six digits of a mail that a human types in (P6).
package enum MailCode {
    private static let length = 6

    /// The digits in a text, as ASCII: digits of any script count, and separators (blanks, hyphens, full stops, marks
    /// of direction) are ignored. Nil where there are not six digits, or where there are other characters.
    package static func digits(in text: String) -> String? {
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
