/// Black or white, whichever is easier to read on a colour (WCAG 2.2, 1.4.3).
enum Contrast {
    /// For `#rrggbb`; white for anything else.
    static func textColour(on colour: String) -> String {
        guard colour.count == 7, let value = UInt32(colour.dropFirst(), radix: 16) else { return "#ffffff" }
        // Relative luminance, with the square in place of WCAG's exponent of 2.4, which needs no mathematics library.
        let parts = [value >> 16 & 255, value >> 8 & 255, value & 255].map { Double($0) / 255 }
        let luminance = 0.2126 * parts[0] * parts[0] + 0.7152 * parts[1] * parts[1] + 0.0722 * parts[2] * parts[2]
        return luminance > 0.18 ? "#000000" : "#ffffff"
    }
}
