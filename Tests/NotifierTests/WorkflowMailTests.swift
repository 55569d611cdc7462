import Foundation
import Models
import NotifierDomain
import ServiceKit
import Settings
import Testing

@testable import NotifierService

@Suite struct WorkflowMailTests {
    private static let fields = [
        "firstName": "Änne", "lastName": "O’Neill", "email": "anna@example.org", "birthday": "1990-01-02",
    ]

    private func mails(
        to: String = "partner@example.com", template: String = "partner-contact", languages: String = "[en, de]",
        files: [String: String] = [:]
    ) throws -> WorkflowMails {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assent-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return try WorkflowMails(
            Settings.load(
                yaml: """
                    brand: {name: "Example & Co"}
                    languages: \(languages)
                    attributes: {region: {}}
                    fields: {creditCard: {sensitive: true}, firstName: {}, lastName: {}, birthday: {}}
                    workflows:
                    - {name: w, on: list.left, do: [{mail: {to: \(to), template: \(template)}}]}
                    mail: {from: "Example <privacy@example.com>", templates: \(folder.path)}
                    """))
    }

    private func content(
        _ mails: WorkflowMails, _ fields: [String: String] = fields, isToContact: Bool = false,
        isConfirmed: Bool = false, locale: String? = nil
    ) -> MailMessage.Content? {
        mails.content(
            of: WorkflowMail(workflow: "w", action: 0, isToContact: isToContact), with: fields, locale: locale,
            isConfirmed: isConfirmed)
    }

    @Test("C6 the partner's mail has the contact's name and address, in the deployment's first language")
    func partner() throws {
        let mail = try #require(content(try mails(), locale: "de"))
        #expect(mail.subject == "A contact of Example & Co agreed to hear from you")
        #expect(mail.text.contains("Name: Änne O’Neill\n") && mail.text.contains("address: anna@example.org\n"))
        #expect(mail.html?.contains("<strong>Änne O’Neill</strong>") == true)
        #expect(!mail.text.contains("1990") && !mail.text.contains("{{"))
        let german = try #require(content(try mails(languages: "[de, en]")))
        #expect(german.subject == "Ein Kontakt von Example & Co möchte von Ihnen hören")
    }

    @Test("N1 a name that looks like none is left out, and values are data, never template or markup")
    func hostile() throws {
        let names = ["firstName": "see https://evil.example", "lastName": "{{email}}", "email": "\"<b>\"@example.org"]
        let mail = try #require(content(try mails(), names))
        #expect(!mail.text.contains("evil") && !mail.text.contains("Name:") && !mail.text.contains("{{"))
        #expect(mail.html?.contains("&lt;b&gt;") == true)
    }

    @Test("C6, N1 a deployment's template gets the contact's language and fields, a name once the address is confirmed")
    func own() throws {
        let files = [
            "t.en.subject.mustache": "Hi {{firstName}}\n",
            "t.en.text.mustache": "Born {{birthday}}, {{#lastName}}{{.}}{{/lastName}}.",
            "t.de.subject.mustache": "Hallo {{firstName}}", "t.en.html.mustache": "<p>{{email}}</p>",
        ]
        let mails = try mails(to: "contact", template: "t", files: files)
        let workflow = WorkflowMail(workflow: "w", action: 0, isToContact: true)
        #expect(mails.fields(of: workflow) == ["firstName", "lastName", "birthday"])
        let german = try #require(content(mails, isToContact: true, isConfirmed: true, locale: "de-AT"))
        #expect(german.subject == "Hallo Änne" && german.text == "Born 1990-01-02, O’Neill.")
        #expect(german.html == "<p>anna@example.org</p>")
        let unconfirmed = try #require(content(mails, isToContact: true))
        #expect(unconfirmed.subject.trimmingCharacters(in: .whitespaces) == "Hi")
        #expect(unconfirmed.text == "Born 1990-01-02, .")
    }

    @Test(
        "C6 a template that is missing, or names what is sensitive, an attribute or nothing declared, is a mistake",
        arguments: [
            nil, "{{creditCard}}", "{{{creditCard}}}", "{{& creditCard}}", "{{#creditCard}}x{{/creditCard}}",
            "{{region}}",
            "{{locale}}", "{{frstName}}", "{{> other}}", "{{=<% %>=}}<% creditCard %>", "{{ creditCard.x }}",
        ])
    func mistakes(_ text: String?) {
        let files = text.map { ["t.en.subject.mustache": "S", "t.en.text.mustache": $0] } ?? [:]
        #expect(throws: ServiceEnvironment.Mistake.self) { try mails(template: "t", files: files) }
    }

    @Test("C6 an action that the configuration changed meanwhile sends nothing")
    func changed() throws {
        let mails = try mails()
        #expect(mails.action(of: WorkflowMail(workflow: "w", action: 0, isToContact: false))?.other != nil)
        for mail in [
            WorkflowMail(workflow: "w", action: 0, isToContact: true),
            WorkflowMail(workflow: "w", action: 1, isToContact: false),
            WorkflowMail(workflow: "x", action: 0, isToContact: false),
        ] {
            #expect(mails.action(of: mail) == nil && mails.fields(of: mail).isEmpty)
        }
    }

    @Test("C6 consent and opt-in are asked about a mail to the contact, consent alone about one to others")
    func gates() async throws {
        for isToContact in [true, false] {
            let workflow = WorkflowMail(workflow: "w", action: 0, isToContact: isToContact)
            let mail = ClaimedMail(
                id: UUID(), contact: try #require(ContactID("a")), kind: .firing(workflow), addressHash: nil,
                inReplyTo: nil, attempts: 1, ageAtClaim: .zero, claim: UUID())
            for refusing in [SuiteService.consent, .optin] {
                let gate = Gate(for: [mail]) { service, question in
                    #expect(question.mails.map(\.category) == [service == .consent ? .firing : .workflow])
                    return GateAnswer(refused: service == refusing ? [mail.id: "no"] : [:])
                } note: { _ in
                    nil
                }
                try await gate.open()
                #expect((gate.refusal(of: mail.id) == nil) == (!isToContact && refusing == .optin))
            }
        }
    }

    @Test("C6 a workflow's mail is known again from its row's columns and from its order")
    func columns() throws {
        let workflow = WorkflowMail(workflow: "w", action: 3, isToContact: true)
        let kind = MailKind.firing(workflow)
        let columns = KindColumns(kind)
        #expect(columns.kind == "workflow" && columns.value == kind)
        #expect(KindColumns(.workflow).value == .workflow)
        let order = MailOrder(mail: UUID(), kind: .workflow(workflow), addressHash: nil)
        #expect(try MailOrder(reading: Reader(order.json, at: "/data")) == order)
    }
}
