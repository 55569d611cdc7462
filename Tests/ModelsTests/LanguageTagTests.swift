import Models
import Testing

@Suite struct LanguageTagTests {
    @Test(
        "language tags of BCP 47 are kept as they are",
        arguments: [
            "de", "pt-BR", "zh-Hant-TW", "x-klingon", "i-klingon", "en-GB-oed", "sgn-BE-FR", "zh-min-nan",
            "de-CH-1901", "sl-rozaj-biske-1994", "de-DE-u-co-phonebk", "en-a-myext-b-another", "ar-a-aaa-b-bbb-x-a-1",
            "es-419", "und", "deva", "klingon", "x-a-b-c-12345678", "EN-us",
        ])
    func kept(text: String) throws {
        let reader = try Reader(["locale": .string(text)], at: "/data")
        #expect(reader.optionalLocale("locale") == text)
        #expect(!reader.hasUnreadableLocale("locale"))
    }

    @Test("an underscore is read as a hyphen", arguments: [("de_DE", "de-DE"), ("zh_Hant_TW", "zh-Hant-TW")])
    func underscore(text: String, tag: String) throws {
        #expect(try Reader(["locale": .string(text)], at: "/data").optionalLocale("locale") == tag)
    }

    @Test(
        "what is no tag is left out, and is no refusal",
        arguments: [
            "", "d", "de--x", "-de", "de-", "../x", "deutschland", "de_DE.UTF-8", "de DE", "dé", "i-nonsense", "x",
            "de-x", "de-a", "a-de", "de-DE-DE", "de-1901-1901", "en-a-bbb-a-ccc", "419", "de\u{0}", "12",
            "de-x-" + Array(repeating: "abcdefgh", count: 5).joined(separator: "-"),
        ].map { JSON.string($0) } + [7, true, ["de"], ["de": "de"]])
    func leftOut(value: JSON) throws {
        let reader = try Reader(["locale": value], at: "/data")
        #expect(reader.optionalLocale("locale") == nil)
        #expect(reader.hasUnreadableLocale("locale"))
        let form: JSON = ["email": "a@example.com", "marketing": true, "form": "f", "locale": value]
        let read = try WebformSubmitted(reading: try Reader(form, at: "/data"), sensitive: [])
        #expect(read.locale == nil && read.hasUnreadableLocale)
    }

    @Test("a locale that is missing or null is not left out", arguments: [[:], ["locale": nil]] as [JSON])
    func missing(data: JSON) throws {
        let reader = try Reader(data, at: "/data")
        #expect(reader.optionalLocale("locale") == nil)
        #expect(!reader.hasUnreadableLocale("locale"))
    }
}
