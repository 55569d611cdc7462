import Testing

@testable import Words

@Suite struct WordsTests {
    @Test("X6 every language says everything, and names the organisation where English does", arguments: Words.all)
    func complete(_ words: Words) {
        let texts = Self.texts(of: words, "words"), english = Self.texts(of: Words.all[0], "words")
        #expect(texts.keys.sorted() == english.keys.sorted() && texts.count > 70)
        for (place, text) in texts {
            #expect(!text.isEmpty && text == text.trimmed, "\(place)")
            for placeholder in ["{brand}", "{duration}", "{number}"] {
                #expect(text.contains(placeholder) == english[place]?.contains(placeholder), "\(place): \(placeholder)")
            }
        }
        #expect(words.durations.text(.seconds(7 * 86_400)).hasPrefix("7 "))
        #expect(words.durations.text(.seconds(47 * 3600)).hasPrefix("47 "))
        #expect(words.durations.text(.seconds(60)) == words.durations.hour)
    }

    @Test("two languages differ in what they say")
    func translated() {
        for (index, one) in Words.all.enumerated() {
            for other in Words.all[(index + 1)...] {
                let (said, translated) = (Self.texts(of: one, "words"), Self.texts(of: other, "words"))
                #expect(said.allSatisfy { $0.value.count < 12 || translated[$0.key] != $0.value })
            }
        }
    }

    @Test(
        "a deployment's language has the words of its language, whatever the region",
        arguments: [("de-AT", "de"), ("fr", "fr"), ("EN-gb", "en"), ("pt", "en"), ("", "en")])
    func nearest(_ language: String, _ tag: String) { #expect(Words.of(language).tag == tag) }

    @Test(
        "N1 a contact gets its language where the deployment has it, else the first one",
        arguments: [(nil, "en"), ("de-AT", "de"), ("PT-br", "pt-BR"), ("pt", "pt-BR"), ("fr", "en"), ("d", "en")])
    func offered(_ locale: String?, _ language: String) {
        #expect(LanguageChoice(offered: ["en", "de", "pt-BR"]).choose(locale: locale) == language)
    }

    @Test(
        "words on any accent are readable",
        arguments: ["#1a5fb4", "#ffff00", "#777777", "#000000", "#ffffff", "#e01b24"])
    func contrast(_ accent: String) {
        #expect(Palette.contrast(accent, Palette(["accent": accent]).onAccent) >= 4.5)
        #expect(Palette.contrast("#000000", "#ffffff") == 21)
    }

    /// Every text, by its place.
    private static func texts(of value: Any, _ place: String) -> [String: String] {
        if let text = value as? String { return [place: text] }
        return Mirror(reflecting: value).children.reduce(into: [:]) { texts, child in
            texts.merge(Self.texts(of: child.value, "\(place).\(child.label ?? "")")) { one, _ in one }
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        while text.first?.isWhitespace == true { text.removeFirst() }
        return String(text)
    }
}
