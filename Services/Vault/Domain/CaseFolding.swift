/// U+0307, which İ has in lower case.
private let dotAbove: Unicode.Scalar = "\u{307}"

extension String {
    /// The one text for all that differ in case alone: full case folding (Unicode, CaseFolding.txt), in which `ß` is
    /// `ss`. Turkish I is folded too, so that `istan` finds İstanbul and DIYAR finds Dıyar.
    var caseFolded: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        // Lower case first, for ẞ has no other upper case; upper case next, which parts ß and joins the two sigmas.
        let folded = lowercased().uppercased().lowercased()
        guard folded.unicodeScalars.contains(dotAbove) else { return folded }
        var scalars = String.UnicodeScalarView()
        for scalar in folded.unicodeScalars where scalar != dotAbove || scalars.last != "i" { scalars.append(scalar) }
        return String(scalars)
    }
}
