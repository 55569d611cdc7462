import Cryptography
import Foundation
import Settings

/// Below this contrast text is hard to read (WCAG 2.2, success criterion 1.4.3).
private let readableContrast = 4.5
private let standardAccent = "#1a5fb4"

/// The stylesheet with the brand's colours, and what the content security policy says of it.
struct BrandStyle: Sendable {
    /// Stands in the element `style`.
    let css: String
    /// The source expression that allows it and no other style.
    let policy: String

    init(_ brand: Settings.Brand, css base: String) {
        let accent = brand.colours["accent"] ?? standardAccent
        var light = "--accent: \(accent); --on-accent: \(Self.ink(on: accent));"
        if let paper = brand.colours["background"], let ink = brand.colours["text"],
            Self.contrast(paper, ink) >= readableContrast
        {
            light += " --paper: \(paper); --card: \(paper); --ink: \(ink); --soft: \(ink);"
        }
        css =
            base + ":root { --accent: \(accent); --on-accent: \(Self.ink(on: accent)); }\n"
            + "@media (prefers-color-scheme: light) { :root { \(light) } }\n"
        policy = "'sha256-\(Data(Digest.sha256([UInt8](css.utf8))).base64EncodedString())'"
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
