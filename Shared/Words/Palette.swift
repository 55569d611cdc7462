import Foundation

/// Below this contrast text is hard to read (WCAG 2.2, success criterion 1.4.3).
private let readableContrast = 4.5

/// The colours of a deployment's pages and mails.
package struct Palette: Sendable {
    /// The accent of a deployment that chooses none.
    package static let standardAccent = "#1a5fb4"

    /// The colour of buttons and marks, `#rrggbb`.
    package let accent: String
    /// The colour of words on the accent: black or white.
    package let onAccent: String
    /// The colours of a light page and of its words, where the deployment chose both and their contrast suffices.
    package let daylight: (background: String, text: String)?

    /// - Parameter colours: of the configuration's brand, `#rrggbb` by use: `accent`, `background`, `text`.
    package init(_ colours: [String: String]) {
        accent = colours["accent"] ?? Self.standardAccent
        onAccent = Self.ink(on: accent)
        if let background = colours["background"], let text = colours["text"],
            Self.contrast(background, text) >= readableContrast
        {
            daylight = (background, text)
        } else {
            daylight = nil
        }
    }

    /// Black or white, whichever is the more readable: one of them always has a contrast of at least 4.58.
    static func ink(on colour: String) -> String {
        contrast(colour, "#ffffff") >= contrast(colour, "#000000") ? "#ffffff" : "#000000"
    }

    /// The contrast of two colours `#rrggbb`, from 1 to 21 (WCAG 2.2).
    static func contrast(_ one: String, _ other: String) -> Double {
        let (darker, lighter) = (min(luminance(one), luminance(other)), max(luminance(one), luminance(other)))
        return (lighter + 0.05) / (darker + 0.05)
    }

    private static func luminance(_ colour: String) -> Double {
        let value = Int(colour.dropFirst(), radix: 16) ?? 0
        let channels = [16, 8, 0].map { shift -> Double in
            let part = Double(value >> shift & 0xFF) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }
}
