import Models
import Settings
import Testing

/// A configuration and where the mistakes stand, once `shown` was shown.
struct Reworded: Sendable, CustomTestStringConvertible {
    let replaced: String
    let replacement: String
    let places: [String]
    var testDescription: String { "\(replaced) → \(replacement)" }

    init(_ replaced: String, _ replacement: String, _ places: String...) {
        (self.replaced, self.replacement, self.places) = (replaced, replacement, places)
    }
}

/// Lines 1 to 15.
private let shown = """
    brand: {name: A}
    languages: [en, de]
    page:
      statement: {version: "1", text: {en: Hello, de: Hallo}}
      policies:
        - {name: cookies, version: "1", title: {en: C, de: C}, text: {en: C, de: C}}
        - {name: data, version: "1", title: {en: Data, de: Daten}, text: {en: D, de: D}}
    consents:
      sharing:
        kind: custom
        version: "1"
        basis: legitimate-interests
        purpose: {en: To share, de: Zum Teilen}
        recipients: [Partner AG]
        text: {en: You may share, de: Sie dürfen teilen}
    """

private let rewordings = [
    Reworded("You may share", "You may share it all", "15 /consents/sharing/text/en"),
    Reworded("en: To share", "en: To sell", "13 /consents/sharing/purpose/en"),
    Reworded(
        "purpose: {en: To share, de: Zum Teilen}\n", "\n", "9 /consents/sharing/purpose/de",
        "9 /consents/sharing/purpose/en"),
    Reworded("legitimate-interests", "public-task", "12 /consents/sharing/basis"),
    Reworded("[Partner AG]", "[Partner AG, Other AG]", "14 /consents/sharing/recipients"),
    Reworded("de: Hallo", "de: Servus", "4 /page/statement/text/de"),
    Reworded("{name: cookies, version: \"1\", title: {en: C, de: C}, text: {en: C, de: C}}\n    - ", ""),
    Reworded("en: Data", "en: Your data", "7 /page/policies/1/title/en"),
    // Whatever has a new version, is another text, in another language, gone, or laid out otherwise.
    Reworded("version: \"1\"\n    basis: legitimate-interests", "version: \"2\"\n    basis: public-task"),
    Reworded("sharing:", "sharing2:"),
    Reworded("kind: custom", "kind: custom\n    editable: false"),
    Reworded("{en: Hello, de: Hallo}", "{de: \"Hallo\", en: Hello}"),
]

@Suite struct ShownTextsTests {
    @Test("C0 a text that was shown never changes under its version; the mistake has its line", arguments: rewordings)
    func changed(_ change: Reworded) throws {
        let texts = try Settings.load(yaml: shown).shownTexts
        #expect(shown.contains(change.replaced))
        let found = try places(shown.replacing(change.replaced, with: change.replacement), against: texts)
        #expect(found == change.places, "\(found)")
    }

    @Test("C0 a new language of a shown text may be added, under the same basis and recipients")
    func language() throws {
        let english = try Settings.load(yaml: shown).shownTexts.filter { $0.language == "en" }
        #expect(try places(shown, against: english) == [])
        let other = shown.replacing("[Partner AG]", with: "[]").replacing("de: Zum Teilen", with: "de: Warum nicht")
        #expect(try places(other, against: english) == ["14 /consents/sharing/recipients"])
    }

    @Test("C8 basis, purpose and recipients are a part of the text")
    func content() throws {
        let texts = try Settings.load(yaml: shown).shownTexts
        #expect(texts.count == 8)
        let consent = texts.first { $0.name == Settings.ShownText.name(ofConsent: "sharing") && $0.language == "de" }
        let expected: JSON = [
            "text": "Sie dürfen teilen", "purpose": "Zum Teilen", "basis": "legitimate-interests",
            "recipients": ["Partner AG"], "kind": "custom",
        ]
        #expect(consent?.content == expected)
    }

    private func places(_ yaml: String, against texts: [Settings.ShownText]) throws -> [String] {
        do throws(SettingsErrors) {
            try Settings.check(yaml: yaml, against: texts)
            return []
        } catch {
            return error.mistakes.map { "\($0.line) \($0.pointer)" }
        }
    }
}
