/// U+0307, the combining dot in the lower case of İ.
private let dotAbove: Unicode.Scalar = "\u{307}"

extension String {
    /// Full case folding (Unicode, CaseFolding.txt): texts that differ only in case become equal, and `ß` becomes `ss`.
    /// Turkish I is folded too, so that `istan` finds İstanbul and DIYAR finds Dıyar.
    var caseFolded: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        // The first lowercasing turns ẞ into ß, which has an upper case; the uppercasing turns ß into SS and both
        // sigmas into Σ.
        let folded = lowercased().uppercased().lowercased()
        guard folded.unicodeScalars.contains(dotAbove) else { return folded }
        var scalars = String.UnicodeScalarView()
        for scalar in folded.unicodeScalars where scalar != dotAbove || scalars.last != "i" { scalars.append(scalar) }
        return String(scalars)
    }
}
