import Cryptography
import Foundation
import HTTPTypes
import Hummingbird
import Settings
import Testing

@testable import ConsentService

private func ring(_ letter: String = "A") throws -> KeyRing {
    try KeyRing(json: #"{"keys":[{"version":1,"key":"\#(String(repeating: letter, count: 42))A"}]}"#)
}

private func renderer(_ brand: String = "Example GmbH", languages: String = "[en, de]") throws -> PageRenderer {
    let yaml = """
        brand: {name: "\(brand)", colours: {accent: "#1a5fb4"}}
        languages: \(languages)
        """
    return try PageRenderer(settings: try Settings.load(yaml: yaml))
}

@Suite("The contacts' web")
struct WebTests {
    @Test(
        "A visitor gets the language they ask for, else the contact's, else the default",
        arguments: [
            ("de-AT,de;q=0.9,en;q=0.5", nil, "de"), ("fr, en;q=0.3, de;q=0.7", nil, "de"), ("en;q=0, de", nil, "de"),
            (nil, "de-CH", "de"), ("fr", "de", "de"), ("*", "de", "de"), ("en", "de", "en"), (nil, nil, "en"),
            ("", "", "en"), (";;;,,q=1", nil, "en"), ("DE", nil, "de"), ("de;q=x, en;q=0.1", nil, "en"),
        ])
    func language(_ accept: String?, _ locale: String?, _ expected: String) {
        #expect(LanguageChoice(offered: ["en", "de"]).choose(accept: accept, locale: locale) == expected)
    }

    @Test("A page answers in a language that it has words in")
    func spokenLanguages() throws {
        #expect(try renderer(languages: "[de, en]").language(accept: nil) == .de)
        #expect(try renderer(languages: "[de]").language(accept: "en") == .de)
    }

    @Test("A nonce is good for its link alone, under its key alone, and never the same")
    func nonce() throws {
        let id = UUID()
        let nonce = FormNonce.make(.optIn, id: id, random: Random.bytes(16), with: try ring())
        #expect(FormNonce.isValid(nonce, .optIn, id: id, with: try ring()))
        #expect(FormNonce.isValid(nonce, .confirm, id: id, with: try ring()) == false)
        #expect(FormNonce.isValid(nonce, .optIn, id: UUID(), with: try ring()) == false)
        #expect(FormNonce.isValid(nonce, .optIn, id: id, with: try ring("B")) == false)
        #expect(nonce != FormNonce.make(.optIn, id: id, random: Random.bytes(16), with: try ring()))
    }

    @Test("No page may be framed, cached, indexed, or load anything but its own style")
    func headers() throws {
        let renderer = try renderer()
        let fields = PageHeaders.fields(of: renderer.unsubscribe(.de), stylePolicy: renderer.stylePolicy)
        let policy = try #require(fields[.contentSecurityPolicy])
        for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            #expect(policy.contains(part))
        }
        #expect(policy.contains("style-src 'sha256-"))
        #expect(policy.contains("unsafe") == false)
        #expect(fields[.cacheControl] == "no-store")
        #expect(fields[.contentLanguage] == "de")
        #expect(fields[try #require(HTTPField.Name("Referrer-Policy"))] == "no-referrer")
        #expect(fields[try #require(HTTPField.Name("X-Robots-Tag"))] == "noindex")
    }

    @Test("The style's hash is that of the element's content")
    func styleHash() throws {
        let renderer = try renderer()
        let html = renderer.preferences(.en).html
        let start = try #require(html.range(of: "<style>")).upperBound
        let end = try #require(html.range(of: "</style>")).lowerBound
        let hash = Digest.sha256([UInt8](html[start..<end].utf8))
        let text = try #require(renderer.stylePolicy.split(separator: "'").first).dropFirst("sha256-".count)
        #expect(Base64URL.decodeStandard(text) == hash)
    }

    @Test("O3 the confirmation page has one form with two buttons and its nonce")
    func confirmation() throws {
        let html = try renderer().confirmation(.de, nonce: "n0nce").html
        #expect(html.contains(#"<html lang="de">"#))
        #expect(html.components(separatedBy: "<form").count == 2)
        #expect(html.contains(#"name="nonce" value="n0nce""#))
        #expect(html.contains(#"name="action" value="confirm""#))
        #expect(html.contains(#"name="action" value="decline""#))
        #expect(html.contains("<script") == false)
    }

    @Test("O11 the one-click page has one form that says what a mail program would")
    func unsubscribe() throws {
        let html = try renderer().unsubscribe(.en).html
        #expect(html.contains(#"name="List-Unsubscribe" value="One-Click""#))
        #expect(html.components(separatedBy: "<form").count == 2)
    }

    @Test("What waits looks again by itself")
    func waiting() throws {
        let page = try renderer().waiting(.en, again: "?sent=confirm&look=1", form: "?")
        #expect(page.status == .accepted)
        #expect(page.html.contains(#"http-equiv="refresh" content="3;url=?sent=confirm&amp;look=1""#))
        #expect(try renderer().preferences(.en).html.contains("http-equiv=\"refresh\"") == false)
    }

    @Test("A brand's name is text, not markup")
    func escaping() throws {
        let html = try renderer("A <b> & Co").unsubscribe(.en).html
        #expect(html.contains("A &lt;b&gt; &amp; Co"))
        #expect(html.contains("<b>") == false)
    }

    @Test("Every notice and phrase exists in both languages", arguments: PageLanguage.allCases)
    func words(_ language: PageLanguage) throws {
        for notice in Notice.allCases {
            let page = try renderer().notice(notice, .ok, language)
            #expect(page.html.contains("{brand}") == false)
            let words = notice.words(language, brand: "x")
            #expect(words.title.isEmpty == false)
            #expect(words.text.count > 20)
        }
        for phrase in Phrase.allCases { #expect(phrase.text(language).isEmpty == false) }
    }

    @Test(
        "Text on any accent is readable", arguments: ["#1a5fb4", "#ffff00", "#777777", "#000000", "#ffffff", "#e01b24"])
    func contrast(_ accent: String) {
        #expect(BrandStyle.contrast(accent, BrandStyle.ink(on: accent)) >= 4.5)
        #expect(BrandStyle.contrast("#000000", "#ffffff") == 21)
    }

    @Test(
        "O13 a proxy's word counts only where the proxy is trusted, and only its own",
        arguments: [
            ("10.0.0.1", nil, nil, "10.0.0.1"), ("10.0.0.1", "1.2.3.4", nil, "10.0.0.1"),
            ("10.0.0.1", "6.6.6.6, 1.2.3.4", "10.0.0.1", "1.2.3.4"), ("10.0.0.2", "1.2.3.4", "10.0.0.1", "10.0.0.2"),
            ("10.0.0.1", "", "10.0.0.1", "10.0.0.1"),
        ])
    func remoteAddress(_ peer: String, _ forwarded: String?, _ proxy: String?, _ expected: String) {
        #expect(Visit.remoteAddress(peer: peer, forwarded: forwarded, trustedProxy: proxy) == expected)
    }

    @Test("consent.link gives the same link for the same request, and another for any other")
    func linkID() throws {
        let request = UUID()
        let id = try #require(ConsentLink.linkID(request: request, source: "/crm", contact: "c-1"))
        #expect(id == ConsentLink.linkID(request: request, source: "/crm", contact: "c-1"))
        #expect(id != ConsentLink.linkID(request: request, source: "/crm", contact: "c-2"))
        #expect(id != ConsentLink.linkID(request: request, source: "/shop", contact: "c-1"))
        #expect(id != ConsentLink.linkID(request: UUID(), source: "/crm", contact: "c-1"))
    }

    @Test("A mail's footer is in the contact's language, escaped in HTML")
    func footer() throws {
        let settings = try Settings.load(
            yaml: "languages: [en, de]\nmail: {footer: {en: You <decide>, de: Sie entscheiden}}")
        let german = MailFooter(url: "https://example.com/p/x", locale: "de-AT", settings: settings)
        #expect(german.text == "Sie entscheiden\nIhre Entscheidungen: https://example.com/p/x")
        let english = MailFooter(url: "https://example.com/p/x", locale: "fr", settings: settings)
        #expect(english.html.contains("You &lt;decide&gt;"))
    }
}
