/// The longest duration that a setting can have; a hundred years need no more.
private let maximumDays: Int64 = 36_500

extension Duration {
    /// From a setting: `90d`, `24h`, `10m`, `30s`, or `0`; nil where the text is none, or beyond a hundred years.
    init?(setting text: String) {
        if text == "0" {
            self = .zero
            return
        }
        let units: [Character: Int64] = ["d": 86_400, "h": 3600, "m": 60, "s": 1]
        let digits = text.dropLast()
        guard let unit = text.last.flatMap({ units[$0] }), (1...10).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(digits),
            count * unit <= maximumDays * 86_400
        else { return nil }
        self = .seconds(count * unit)
    }
}
