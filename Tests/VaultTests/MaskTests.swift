import Testing
import VaultDomain

private let dots = "\u{2022}\u{2022}\u{2022}\u{2022}"

/// A value, a mask, and what is visible.
struct Shown: Sendable, CustomTestStringConvertible {
    let value: String
    let mask: Mask
    let visible: String
    var testDescription: String { "\(mask) of \(value.count)" }

    init(_ value: String, _ mask: Mask, _ visible: String) {
        (self.value, self.mask, self.visible) = (value, mask, visible)
    }
}

private let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}"
private let eAcute = "e\u{301}"

private let table = [
    Shown("4111111111111111", .last(4), "1111"),
    Shown("4111111111111234", .first(4), "4111"),
    Shown("4111111111111234", .last(2), "34"),
    Shown("4111111111111234", .hidden, ""),
    Shown("4111111111111234", .last(0), ""),
    Shown("4111111111111234", .last(9), "1234"),
    Shown("123456789012", .last(4), "012"),
    Shown("1234567890123", .last(4), "0123"),
    Shown("12345678", .last(4), "78"),
    Shown("123456789", .last(4), "789"),
    Shown("123456", .last(4), "56"),
    Shown("12345", .last(4), ""),
    Shown("12345", .last(1), "5"),
    Shown("1234", .last(1), ""),
    Shown("1234", .last(4), ""),
    Shown("1", .first(4), ""),
    Shown("", .last(4), ""),
    Shown(String(repeating: "x", count: 4096), .last(4), "xxxx"),
    Shown("abcdefg" + family, .last(2), "g" + family),
    Shown(String(repeating: family, count: 6), .first(4), family + family),
    Shown(String(repeating: family, count: 4), .first(4), ""),
    Shown(eAcute + "bcdefg" + eAcute, .last(1), eAcute),
    Shown(eAcute + "bcdefg" + eAcute, .first(1), eAcute),
    Shown(String(repeating: eAcute, count: 4), .last(1), ""),
    Shown("a" + String(repeating: "\u{301}", count: 2000), .last(4), ""),
    Shown("\u{1F1E9}\u{1F1EA}\u{1F1EB}\u{1F1F7}abcd", .first(2), "\u{1F1E9}\u{1F1EA}\u{1F1EB}\u{1F1F7}"),
    Shown("12\r\n56", .last(2), ""),
]

@Suite struct MaskTests {
    @Test(
        "V2 at most four characters and a quarter, at one end; nothing where fewer than four were hidden",
        arguments: table)
    func shows(_ shown: Shown) {
        #expect(shown.mask.visibleEnd(of: shown.value) == shown.visible)
        let masked = shown.mask.masked(shown.value)
        switch shown.mask {
        case .first: #expect(masked == shown.visible + dots)
        case .last, .hidden: #expect(masked == dots + shown.visible)
        }
    }

    @Test("V2 of every length and mask, what is hidden is four characters at least and three quarters of the value")
    func hides() {
        for length in 0...64 {
            let value = String(repeating: eAcute, count: length)
            for most in 0...9 {
                for mask in [Mask.first(most), .last(most), .hidden] {
                    let visible = mask.visibleEnd(of: value).count
                    #expect(visible <= min(4, most))
                    #expect(visible == 0 || (visible <= (length + 3) / 4 && length - visible >= 4))
                }
            }
        }
    }

    @Test("V2 the dots do not tell how long a value is")
    func hidesLength() {
        #expect(Mask.last(4).masked("1") == Mask.last(4).masked("1234"))
        #expect(Mask.last(4).masked("00001111222233334444") == Mask.last(4).masked("9999999999994444"))
    }
}
