import Cryptography
import Testing

@testable import VaultDomain

/// What a value is found by, and by what it is not (V5).
@Suite struct FindableTests {
    private let last4 = Findable.end(.last(4))

    private func isFound(_ value: String, by text: String, _ findable: Findable = .words) -> Bool {
        guard let sought = findable.sought(text), findable.texts(of: value).contains(sought.text) else { return false }
        return sought.whole.map { findable.isFound(value, by: $0) } ?? true
    }

    @Test("V5 a sensitive value is found by its whole visible end, and by no other piece of it")
    func ends() {
        let value = "4111222233335678"
        #expect(last4.texts(of: value) == ["5678"])
        #expect(isFound(value, by: "5678", last4))
        for start in 0..<value.count {
            for length in 1...(value.count - start) where !(start == 12 && length == 4) {
                let piece = String(value.dropFirst(start).prefix(length))
                #expect(!isFound(value, by: piece, last4), "\(piece)")
                #expect(!isFound(value, by: piece, .end(.first(3))) || piece == "411", "\(piece)")
            }
        }
    }

    @Test(
        "V5 what a mask shows nothing of, or one character, is found by nothing",
        arguments: ["", "1", "1234", "12345", "\u{2022}\u{2022}\u{2022}\u{2022}"])
    func short(value: String) {
        for mask in [Mask.hidden, .first(4), .last(4), .last(0), .first(1)] {
            #expect(Findable.end(mask).texts(of: value).isEmpty)
        }
        #expect(last4.texts(of: "123456") == ["56"])
        #expect(Findable.end(.hidden).sought("12") == nil)
    }

    @Test("V5 the beginning of every word, and of words in a row, in whatever case")
    func words() {
        let value = "Anna-Maria O'Brien, Größe 1975-04-12"
        for text in [
            "an", "ANNA", "maria", "Ma", "o'brien", "O\u{2019}Br", "brien", "gr\u{F6}", "GRO\u{308}SSE", "grösse",
            "1975", "1975-04-12", "04-1", "12", "anna maria", "maria o brien größe 1975", "  anna  ",
        ] { #expect(isFound(value, by: text), "\(text)") }
        for text in [
            "nna", "aria", "rien", "obrien", "75", "975", "anna o", "maria anna", "annas", "brien größe 1976", "a",
            "!?", "ann\u{E4}", "brien größe 1975 04 12 1", "--",
        ] { #expect(!isFound(value, by: text), "\(text)") }
    }

    @Test("V5 characters are what a reader counts, composed or not")
    func characters() {
        let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}"
        #expect(isFound("\(family)\(family)x", by: "\(family)\(family)"))
        #expect(!isFound("\(family)\(family)x", by: "\u{1F468}\u{200D}\u{1F469}"))
        #expect(!isFound("re\u{301}sumé", by: "re"))
        #expect(isFound("ΣΊΣΥΦΟΣ", by: "σίσυφος"))
        for (value, text) in [
            ("straße", "STRASSE"), ("STRASSE", "straße"), ("STRAẞE", "strasse"), ("strasse", "STRAẞE"),
            ("İstanbul", "istan"), ("istanbul", "İSTAN"), ("Dıyarbakır", "DIYAR"), ("ﬁnk", "FINK"), ("ΐx", "ΐX"),
        ] { #expect(isFound(value, by: text), "\(value) by \(text)") }
        let key = MACKey([1, 2, 3])
        let hashes = ["re\u{301}", "r\u{E9}"].map { KeyedHash.visible($0, as: "words", with: key) }
        #expect(hashes[0] == hashes[1])
        let flags = "\u{1F1E9}\u{1F1EA}\u{1F1EB}\u{1F1F7}"
        #expect(isFound(flags, by: flags) && !isFound(flags, by: "\u{1F1E9}\u{1F1EA}"))
    }

    @Test("V5 a long value has a bounded number of hashes, and its first 32 words are found")
    func bounds() {
        let many = (0..<2000).map { "w\($0)abcdefghijk" }.joined(separator: " ")
        #expect(Findable.words.texts(of: many).count <= 32 * 7)
        #expect(isFound(many, by: "w31abcdefghijk w32a") && !isFound(many, by: "w32ab"))
        // No word is cut where the next one is found behind it.
        for value in ["a b c d e f g h i j", "abcdefg hi", "abcdefgh ij", "ßßßß ab", "abcdefghi jk", "a ßßßßßßßß x"] {
            for end in value.indices.dropFirst() where value[..<end].last != " " {
                // Folded, ß is two letters.
                let text = String(value[..<end])
                #expect(isFound(value, by: text) == (text.uppercased().count > 1), "\(text)")
            }
        }
        let long = String(repeating: "x", count: 4096)
        #expect(Findable.words.texts(of: long).count == 7)
        #expect(isFound(long, by: long) && !isFound(long, by: long + "x"))
    }

    @Test("V5 what is shown is part of every hash, so that a narrower mask or a new mark finds nothing old")
    func labels() {
        let key = MACKey([1, 2, 3])
        let findables: [Findable] = [.words, last4, .end(.last(2)), .end(.first(4)), .end(.hidden)]
        #expect(Set(findables.map { KeyedHash.visible("12", as: $0.label, with: key) }).count == findables.count)
        let name = FieldName(stored: "a")
        func rules(_ mask: Mask?) -> FieldRules { FieldRules(masks: [name: mask], attributes: [], lockedByDefault: []) }
        #expect(Set([nil, .hidden, .last(2), .first(2)].map { rules($0).findableText }).count == 4)
        #expect(rules(nil).findableText == FieldRules.none.findableText)
        #expect(rules(nil).findable(.email) == nil && rules(.last(4)).findable(name) == last4)
        #expect(FieldRules.none.findable(name) == nil, "what is not declared is not searched (V7)")
    }

    @Test("V5 every letter is found in either case: full case folding")
    func foldsEverything() {
        for value in UInt32(0x80)...0x1FFFF {
            guard let scalar = Unicode.Scalar(value), scalar.properties.changesWhenCaseMapped else { continue }
            let folded = String(scalar).caseFolded
            let cases = [
                scalar.properties.uppercaseMapping, scalar.properties.lowercaseMapping,
                scalar.properties.titlecaseMapping, folded,
            ]
            for text in cases { #expect(text.caseFolded == folded, "U+\(String(value, radix: 16))") }
        }
    }
}
