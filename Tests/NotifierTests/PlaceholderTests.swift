import Models
import Testing

@testable import NotifierDomain

@Suite struct PlaceholderTests {
    private func text(
        _ text: String, subject: String = "s", html: String? = nil
    ) -> CampaignText { CampaignText(.init(subject: subject, text: text, html: html)) }

    private func check(_ text: CampaignText) throws(Refusal) {
        try text.check(try Reader([:], at: "/data"), unusable: ["creditCard", "region"])
    }

    @Test("N1 a placeholder gets the contact's value, spaces inside or not; one without a value is empty")
    func filling() throws {
        let campaign = text(
            "Dear {{firstName}} {{ lastName }}: {{shoe-size}}|{{none}}|{ {x} } }}.", subject: "{{shoe-size}}!")
        try check(campaign)
        #expect(campaign.fields == ["firstName", "lastName", "shoe-size", "none"])
        let values = ["firstName": "Ada", "lastName": "O’Neil-Łuk", "shoe-size": "37.5"]
        let content = campaign.filled(with: values, isConfirmed: true)
        #expect(content.text == "Dear Ada O’Neil-Łuk: 37.5||{ {x} } }}.")
        #expect(content.subject == "37.5!")
        #expect(content.html == nil)
    }

    @Test("N1 no name is used before the address has confirmed anything")
    func unconfirmed() {
        let content = text("{{firstName}}{{lastName}}{{shoe}}").filled(
            with: ["firstName": "Ada", "lastName": "L", "shoe": "37"], isConfirmed: false)
        #expect(content.text == "37")
    }

    @Test(
        "N1 what is between braces and no field's name is refused, and so is an open end",
        arguments: [
            "{{#firstName}}x{{/firstName}}", "{{> x}}", "{{{firstName}}}", "{{&firstName}}", "{{.}}", "{{a.b}}", "{{}}",
            "{{ }}", "{{first name}}", "{{! comment }}", "{{=<% %>=}}", "{{% CONTENT_TYPE:TEXT}}", "{{firstName",
            "{{\n}}",
            "{{{{firstName}}}}", "{{firstName\u{7}}}", "{{1}}", "{{_x}}", "{{email}}", "{{locale}}", "{{id}}",
            "{{creditCard}}", "{{ region }}", "{{\(String(repeating: "a", count: 129))}}",
        ])
    func mistakes(mistake: String) throws {
        let parts = [
            ("/data/text", text(mistake)), ("/data/subject", text("t", subject: mistake)),
            ("/data/html", text("t", html: mistake)),
        ]
        for (pointer, campaign) in parts {
            let refusal = #expect(throws: Refusal.self) { try check(campaign) }
            #expect(refusal?.code == .invalidField && refusal?.pointer == pointer)
        }
    }

    @Test("N1 a campaign names at most twenty fields")
    func limit() throws {
        let names = (0..<21).map { "f\($0)" }
        try check(text(names.dropLast().map { "{{\($0)}}" }.joined()))
        #expect(throws: Refusal.self) { try check(text(names.map { "{{\($0)}}" }.joined())) }
    }

    @Test("N1 a value is data: HTML is escaped, a line stays a line, nothing in it is filled again")
    func values() {
        let evil = "<b>{{lastName}}</b>\r\nBcc: x@example.net\u{2028}&\"'\u{0}"
        let content = text("{{a}}", subject: "{{a}}", html: "<p>{{a}}</p>").filled(
            with: ["a": evil, "lastName": "L"], isConfirmed: true)
        #expect(content.text == "<b>{{lastName}}</b>Bcc: x@example.net&\"'")
        #expect(!content.subject.unicodeScalars.contains { $0 == "\r" || $0 == "\n" || $0 == "\u{2028}" })
        #expect(content.html == "<p>&lt;b&gt;{{lastName}}&lt;/b&gt;Bcc: x@example.net&amp;&quot;&#39;</p>")
        let long = text("{{a}}").filled(with: ["a": String(repeating: "x", count: 999)], isConfirmed: true)
        #expect(long.text.count == 200)
    }

    @Test(
        "N1 a name looks like one",
        arguments: [
            "Ada", "Anne-Marie", "O'Brien", "D’Arc", "José", "Jose\u{301}", "Nguyễn Thị", "李", "सीता", "Ødegård",
            "علی\u{200C}رضا", "ක්\u{200D}රිස්", "क्\u{200D}ष", "渡邉\u{E0100}", "葛\u{E0101}城", "김\u{3000}민준",
        ])
    func names(name: String) {
        #expect(FieldText.shown(name, of: "firstName", isConfirmed: true) == name)
    }

    @Test(
        "N1 what does not look like a name is left out",
        arguments: [
            "", " ", "--", "www.example.com", "Win 1000", "a/b", "a@b", "Ada\nLovelace", "Ada!", "<b>", "a\u{202E}b",
            String(repeating: "a", count: 61), "a" + String(repeating: "\u{301}", count: 60),
            "\u{3164}", "\u{3164}\u{3164}", "Ada\u{3164}", "\u{115F}\u{1160}", "\u{FFA0}", "\u{200B}", "\u{FEFF}",
            "\u{2060}",
            "A\u{AD}da", "A\u{34F}da", "\u{200D}", "\u{200C}Ada", "Ada\u{200D}", "A\u{200C}\u{200C}da", "A\u{200C} da",
            "\u{E0100}", "A\u{E0100}", "Ada\u{FE0F}", "Ada\u{E0041}", "\u{17B5}", "\u{2800}", "\u{3000}",
        ])
    func noNames(name: String) {
        #expect(FieldText.shown(name, of: "lastName", isConfirmed: true) == "")
    }
}
