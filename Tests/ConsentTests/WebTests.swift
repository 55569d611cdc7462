import Cryptography
import Foundation
import HTTPTypes
import Hummingbird
import Messaging
import Models
import ServiceKit
import Settings
import Testing
import Words

@testable import ConsentPages
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
        #expect(try renderer(languages: "[de, en]").words(accept: nil).tag == "de")
        #expect(try renderer(languages: "[de]").words(accept: "en").tag == "de")
    }

    @Test("P6 a nonce is good for its link alone, under its key alone, for a day, and never the same")
    func nonce() throws {
        let (id, now) = (UUID(), Timestamp.now)
        let nonce = FormNonce.make(.button, .optIn, id: id, now: now, random: Random.bytes(16), with: try ring())
        func isValid(
            _ nonce: String, _ kind: FormNonce.Kind = .button, _ linkClass: LinkClass = .optIn, id other: UUID? = nil,
            after time: Duration = .zero, with letter: String = "A"
        ) throws -> Bool {
            FormNonce.isValid(
                nonce, kind, linkClass, id: other ?? id, now: now + time, with: try ring(letter))
        }
        #expect(try isValid(nonce))
        #expect(try isValid(nonce, after: .seconds(24 * 3600 - 1)))
        #expect(try isValid(nonce, after: .seconds(24 * 3600)) == false)
        #expect(try isValid(nonce, .code) == false)
        #expect(try isValid(nonce, .button, .confirm) == false)
        #expect(try isValid(nonce, id: UUID()) == false)
        #expect(try isValid(nonce, with: "B") == false)
        for broken in ["", "A", String(nonce.dropLast()), nonce + "A"] { #expect(try isValid(broken) == false) }
        let other = FormNonce.make(.button, .optIn, id: id, now: now, random: Random.bytes(16), with: try ring())
        #expect(nonce != other)
    }

    @Test("P6 no bit of a nonce, its time's neither, can be changed")
    func changedNonce() throws {
        let (id, now) = (UUID(), Timestamp.now)
        let nonce = FormNonce.make(.button, .optIn, id: id, now: now, random: Random.bytes(16), with: try ring())
        let bytes = try #require(Base64URL.decode(nonce))
        for bit in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let text = Base64URL.encode(changed)
            #expect(FormNonce.isValid(text, .button, .optIn, id: id, now: now, with: try ring()) == false)
        }
    }

    @Test("No page may be framed, cached, indexed, or load anything but its own style")
    func headers() throws {
        let renderer = try renderer()
        let fields = PageHeaders.fields(of: renderer.unsubscribe(.of("de")), stylePolicy: renderer.stylePolicy)
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
        let html = renderer.unsubscribe(.of("en")).html
        let start = try #require(html.range(of: "<style>")).upperBound
        let end = try #require(html.range(of: "</style>")).lowerBound
        let hash = Digest.sha256([UInt8](html[start..<end].utf8))
        let text = try #require(renderer.stylePolicy.split(separator: "'").first).dropFirst("sha256-".count)
        #expect(Base64URL.decodeStandard(text) == hash)
    }

    private func confirmation(
        _ step: ConfirmationForm.Step, _ words: Words, lists: [String] = []
    ) throws -> Page {
        try renderer().confirmation(ConfirmationForm(step: step, nonce: "n0nce", subject: .optIn(lists: lists)), words)
    }

    @Test("O3 the confirmation page has one form with two buttons and its nonce")
    func confirmation() throws {
        let page = try confirmation(.button, .of("de"))
        let html = page.html
        #expect(page.status == .ok)
        #expect(html.contains(#"<html lang="de">"#))
        #expect(html.components(separatedBy: "<form").count == 2)
        #expect(html.contains(#"name="nonce" value="n0nce""#))
        #expect(html.contains(#"name="action" value="confirm""#))
        #expect(html.contains(#"name="action" value="decline""#))
        #expect(html.contains(#"name="code""#) == false)
        #expect(html.contains("<ul>") == false)
        #expect(html.contains("<script") == false)
    }

    @Test("O10 the confirmation page names the lists, in its language, as text", arguments: Words.all)
    func subscription(_ words: Words) throws {
        let yaml = """
            brand: {name: Example}
            languages: [en, de-AT]
            lists:
              news: {text: {en: News & <more>, de-AT: Neuigkeiten}}
              events: {text: {en: Events, de-AT: Veranstaltungen}}
            """
        let renderer = try PageRenderer(settings: try Settings.load(yaml: yaml))
        for step in [ConfirmationForm.Step.button, .code, .wrongCode] {
            let form = ConfirmationForm(step: step, nonce: "n", subject: .optIn(lists: ["news", "dropped-since"]))
            let html = renderer.confirmation(form, words).html
            let title = words.tag != "de" ? "News &amp; &lt;more&gt;" : "Neuigkeiten"
            #expect(html.contains("<li>\(title)</li>"))
            #expect(html.contains("<li>dropped-since</li>"))
            #expect(html.contains("Events") == false)
            #expect(html.contains(words.confirmation.lists))
        }
    }

    @Test(
        "P6 what looks automatic is asked for the code: a labelled field in the one form",
        arguments: Words.all)
    func codeForm(_ words: Words) throws {
        let page = try confirmation(.code, words)
        #expect(page.status == .ok)
        let field = try #require(page.html.firstMatch(of: #/<input id="code"[^>]*>/#)).output
        for attribute in [
            #"name="code""#, #"inputmode="numeric""#, #"autocomplete="one-time-code""#, "maxlength=", "required",
            #"aria-describedby="code-hint""#,
        ] { #expect(field.contains(attribute)) }
        #expect(field.contains("aria-invalid") == false)
        #expect(page.html.contains(#"<label for="code">"#))
        #expect(page.html.components(separatedBy: "<form").count == 2)
        #expect(page.html.contains(#"name="nonce" value="n0nce""#))
        // Nobody needs a code to say that it was somebody else.
        #expect(page.html.contains(#"value="decline" formnovalidate>"#))
    }

    @Test("P6 a wrong code is 422, and the field says what is wrong", arguments: Words.all)
    func wrongCode(_ words: Words) throws {
        let page = try confirmation(.wrongCode, words)
        #expect(page.status == .unprocessableContent)
        let field = try #require(page.html.firstMatch(of: #/<input id="code"[^>]*>/#)).output
        #expect(field.contains(#"aria-invalid="true""#))
        #expect(field.contains(#"aria-describedby="code-error code-hint""#))
        #expect(page.html.contains(#"<p class="error" id="code-error">\#(words.confirmation.codeError)</p>"#))
        #expect(page.html.contains("<title>\(words.confirmation.wrongCode.title)"))
    }

    @Test("O11 the one-click page has one form that says what a mail program would")
    func unsubscribe() throws {
        let html = try renderer().unsubscribe(.of("en")).html
        #expect(html.contains(#"name="List-Unsubscribe" value="One-Click""#))
        #expect(html.components(separatedBy: "<form").count == 2)
    }

    @Test("What waits looks again by itself")
    func waiting() throws {
        let page = try renderer().waiting(.of("en"), again: "?sent=confirm&look=1", form: "?")
        #expect(page.status == .accepted)
        #expect(page.html.contains(#"http-equiv="refresh" content="3;url=?sent=confirm&amp;look=1""#))
        #expect(try renderer().unsubscribe(.of("en")).html.contains("http-equiv=\"refresh\"") == false)
    }

    @Test("A brand's name is text, not markup")
    func escaping() throws {
        let html = try renderer("A <b> & Co").unsubscribe(.of("en")).html
        #expect(html.contains("A &lt;b&gt; &amp; Co"))
        #expect(html.contains("<b>") == false)
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

    @Test("A mail's footer is escaped in HTML")
    func footer() throws {
        let settings = try Settings.load(
            yaml: "languages: [en, de]\nmail: {footer: {en: You <decide>, de: Sie entscheiden}}")
        let german = MailFooter(url: "https://example.com/p/x", language: "de", texts: settings.mail.footer)
        #expect(german.text == "Sie entscheiden\nIhre Entscheidungen: https://example.com/p/x")
        let english = MailFooter(url: "https://example.com/p/x", language: "en", texts: settings.mail.footer)
        #expect(english.html.contains("You &lt;decide&gt;"))
    }
}
