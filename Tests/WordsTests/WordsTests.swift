import Models
import Testing

@testable import Words

private let email = Words.english.preferences.email

@Suite struct WordsTests {
    @Test("X6 every language says everything, and names the organisation where English does", arguments: Words.all)
    func complete(_ words: Words) {
        let texts = Self.texts(of: words, "words"), english = Self.texts(of: Words.all[0], "words")
        #expect(texts.keys.sorted() == english.keys.sorted() && texts.count > 70)
        for (place, text) in texts {
            #expect(!text.isEmpty && text == text.trimmed, "\(place)")
            #expect(text.placeholders == english[place]?.placeholders, "\(place)")
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
                #expect(said.allSatisfy { $0.value.withoutPlaceholders.count < 12 || translated[$0.key] != $0.value })
            }
        }
    }

    @Test("the template of the page gets labels without placeholders", arguments: Words.all)
    func labels(_ words: Words) {
        #expect(Self.texts(of: words.preferences.labels, "labels").values.allSatisfy { $0.placeholders.isEmpty })
    }

    @Test(
        "a date is written as the language writes it",
        arguments: [
            ("2026-05-12T23:59:59Z", "12 May 2026", "12. Mai 2026", "12 mai 2026"),
            ("2027-01-01T00:00:00Z", "1 January 2027", "1. Januar 2027", "1er janvier 2027"),
        ])
    func dates(_ time: String, _ english: String, _ german: String, _ french: String) throws {
        let time = try #require(Timestamp(rfc3339: time))
        #expect([Words.english, .german, .french].map { $0.dates.text(time) } == [english, german, french])
    }

    @Test(
        "O13 the page says of each status and reason why the contact gets e-mails",
        arguments: [
            ("none", nil, email.noStatus), ("none", "address-changed", email.addressChanged),
            ("single-opt-in-webform", "web-form", email.form), ("double-opt-in", "confirmed", email.confirmedAfterForm),
            ("single-opt-in-user", "user", email.byUser), ("single-opt-in-user", "import", email.byImport),
            ("opt-out-user", "user", email.outByUser), ("opt-out-user", "import", email.outByImport),
            ("opt-out-contact", "page", email.outOnPage), ("opt-out-contact", "one-click", email.outByOneClick),
            ("opt-out-contact", "declined", email.outByDecline),
            ("opt-out-contact", "stop-processing", email.outByStop),
            ("opt-out-contact", "complaint", email.outByComplaint),
            ("opt-out-contact", "address-opted-out", email.outOfAddress),
            ("opt-out-contact", "recovered", email.outRecovered),
        ] as [(String, String?, String)])
    func reasons(_ status: String, _ reason: String?, _ sentence: String) {
        #expect(email.text(status: status, reason: reason, hasForm: true) == sentence)
        #expect(email.text(status: "double-opt-in", reason: "confirmed", hasForm: false) == email.confirmed)
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
    fileprivate var placeholders: [String] { matches(of: #/\{[a-zA-Z]+\}/#).map { String($0.output) }.sorted() }

    fileprivate var withoutPlaceholders: String { replacing(#/\{[a-zA-Z]+\}/#, with: "") }

    fileprivate var trimmed: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        while text.first?.isWhitespace == true { text.removeFirst() }
        return String(text)
    }
}
