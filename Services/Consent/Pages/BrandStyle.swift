import Cryptography
import Foundation
import Words

/// The stylesheet with the brand's colours, and its source expression for the content security policy.
struct BrandStyle: Sendable {
    /// The content of the `style` element.
    let css: String
    /// The source expression that allows this style and no other.
    let policy: String

    init(_ palette: Palette, css base: String) {
        let accent = "--accent: \(palette.accent); --on-accent: \(palette.onAccent);"
        var light = accent
        if let (paper, ink) = palette.daylight {
            light += " --paper: \(paper); --card: \(paper); --ink: \(ink); --soft: \(ink);"
        }
        css =
            base + ":root { \(accent) }\n"
            + "@media (prefers-color-scheme: light) { :root { \(light) } }\n"
        policy = "'sha256-\(Data(Digest.sha256([UInt8](css.utf8))).base64EncodedString())'"
    }
}
