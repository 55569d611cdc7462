import Settings
import Testing

/// The mistakes of a text, as `line:column pointer`.
func places(_ yaml: String) -> [String] {
    do throws(SettingsErrors) {
        _ = try Settings.load(yaml: yaml)
        return []
    } catch {
        return error.mistakes.map { "\($0.line):\($0.column) \($0.pointer)" }
    }
}

/// A text with one mistake, and its place.
struct Wrong: Sendable, CustomTestStringConvertible {
    let yaml: String
    let place: String
    var testDescription: String { place }

    init(_ yaml: String, _ place: String) { (self.yaml, self.place) = (yaml, place) }
}

private let consent = "  c:\n    kind: custom\n    version: 1\n    text: {en: Yes}\n"

private let wrongs = [
    Wrong("brand:\n  name: A\n  colors: {}", "3:3 /brand/colors"),
    Wrong("brand:\n  name: A\n  colours:\n    accent: red", "4:13 /brand/colours/accent"),
    Wrong("\nbrand: {logo: a.svg}", "2:1 /brand/name"),
    Wrong("languages: [en,\n  e_n]", "2:3 /languages/1"),
    Wrong("fields:\n  a: {}\n  b: {}\n  a: {}", "4:3 /fields/a"),
    Wrong("fields:\n  a: {}\n  \"a\": {}", "3:3 /fields/a"),
    Wrong("fields:\n  a: {sensitive: yes}", "2:18 /fields/a/sensitive"),
    Wrong("fields:\n  a:\n    sensitive: true\n    show: {last: 5}", "4:18 /fields/a/show/last"),
    Wrong("fields:\n  a:\n    sensitive: true\n    show: {last: 2, first: 2}", "4:5 /fields/a/show"),
    Wrong("fields:\n  a:\n    show: {last: 2}", "3:5 /fields/a/show"),
    Wrong("attributes:\n  a: {}\nfields:\n  a: {}", "2:3 /attributes/a"),
    Wrong("attributes:\n  email: {}", "2:3 /attributes/email"),
    Wrong("fields:\n  firstName: {}\n  locale: {}", "3:3 /fields/locale"),
    Wrong("fields:\n  id: {}", "2:3 /fields/id"),
    Wrong("fields:\n  a.b: {}", "2:3 /fields/a.b"),
    Wrong("page:\n  withdrawal: later", "2:15 /page/withdrawal"),
    Wrong("page:\n  audience:\n    field: profile.regoin\n    is: EU", "3:12 /page/audience/field"),
    Wrong("page:\n  audience:\n    all:\n    - {field: locale, equals: de}", "4:31 /page/audience/all/0/equals"),
    Wrong("page:\n  notify: {field: optIn,\n    is: double}", "3:9 /page/notify/is"),
    Wrong("page:\n  notify: {field: list.a, is: true}", "2:19 /page/notify/field"),
    Wrong("consents:\n\(consent)    shown: {field: consent.d, is: granted}", "6:20 /consents/c/shown/field"),
    Wrong("consents:\n\(consent)    field: a", "6:12 /consents/c/field"),
    Wrong("consents:\n\(consent)    default: granted", "6:14 /consents/c/default"),
    Wrong("languages: [en, de]\nconsents:\n\(consent)", "6:5 /consents/c/text/de"),
    Wrong("consents:\n  c:\n    kind: custom\n    text: {en: Yes}", "2:3 /consents/c/version"),
    Wrong("consents:\n\(consent)".replacing("custom", with: "field\n    field: a"), "4:12 /consents/c/field"),
    Wrong(
        "consents:\n\(consent)".replacing("custom", with: "tracking\n    default: granted"),
        "4:14 /consents/c/default"),
    Wrong(
        "consents:\n\(consent)".replacing("custom", with: "tracking\n    basis: public-task"), "4:12 /consents/c/basis"),
    Wrong("consents:\n\(consent)    basis: contract\n    editable: true", "7:15 /consents/c/editable"),
    Wrong("consents:\n\(consent)    basis: because", "6:12 /consents/c/basis"),
    Wrong("consents:\n\(consent)    basis: public-task\n    validFor: 30d", "7:15 /consents/c/validFor"),
    Wrong("consents:\n\(consent)    renewBefore: 30d", "6:18 /consents/c/renewBefore"),
    Wrong("consents:\n\(consent)    validFor: 20d\n    renewBefore: 20d", "7:18 /consents/c/renewBefore"),
    Wrong("consents:\n\(consent)    legalBasis: law", "6:5 /consents/c/legalBasis"),
    Wrong("page:\n  buttons: [fly]", "2:13 /page/buttons/0"),
    Wrong("page:\n  policies:\n  - {name: a, version: 1, title: {en: T}}", "3:5 /page/policies/0/text"),
    Wrong("controller:\n  name: A\n  privacyPolicy: example.com", "3:18 /controller/privacyPolicy"),
    Wrong("controller:\n  address: A", "1:1 /controller/name"),
    Wrong(
        "fields: {a: {sensitive: true}}\nworkflows:\n- name: w\n  on: list.left\n"
            + "  do:\n  - publish: {queue: q, type: t, fields: [a]}", "6:43 /workflows/0/do/0/publish/fields/0"),
    Wrong("lists:\n- news\n- news", "3:3 /lists/1"),
    Wrong("optIn:\n  policy: triple", "2:11 /optIn/policy"),
    Wrong("optIn:\n  mailEvery: 1 day", "2:14 /optIn/mailEvery"),
    Wrong("optIn:\n  linkLife: 0", "2:13 /optIn/linkLife"),
    Wrong("vault:\n  revealsPerHour: many", "2:19 /vault/revealsPerHour"),
    Wrong("web:\n  perToken: 300", "2:13 /web/perToken"),
    Wrong("web:\n  perToken: 0/m", "2:13 /web/perToken"),
    Wrong("web:\n  perVisitor: 5/d", "2:15 /web/perVisitor"),
    Wrong("web:\n  perVisitor: -1/s", "2:15 /web/perVisitor"),
    Wrong("web:\n  perUser: 1/s", "2:3 /web/perUser"),
    Wrong("page:\n  linkLife: 0", "2:13 /page/linkLife"),
    Wrong("fields:\n  creditCard: {sensitive: true}\n  credit_card: {}", "3:3 /fields/credit_card"),
    Wrong("attributes:\n  CREDIT-CARD: {}\nfields:\n  creditCard: {sensitive: true}", "2:3 /attributes/CREDIT-CARD"),
    Wrong("null", "1:1 "), Wrong("", "1:1 "), Wrong("# nothing but a comment\n", "1:1 "), Wrong("~", "1:1 "),
    Wrong("deadLetters:\n  keep: 99999999999999999999d", "2:9 /deadLetters/keep"),
    Wrong("keep:\n  mails: 0", "2:10 /keep/mails"),
    Wrong("keep:\n  mails: for ever", "2:10 /keep/mails"),
    Wrong("erasure:\n  participants:\n  - name: shop", "3:5 /erasure/participants/0/account"),
    Wrong("roles:\n  a: [invite, fly]", "2:15 /roles/a/1"),
    Wrong("fields: {a: {}}\nroles:\n  a: [\"reveal:a\"]", "3:7 /roles/a/0"),
    Wrong("users:\n  ann: invite", "2:8 /users/ann"),
    Wrong("workflows:\n- name: w\n  on: mail.sent\n  do: [{publish: {queue: q, type: t}}]", "3:7 /workflows/0/on"),
    Wrong("workflows:\n- name: w\n  on: list.left", "2:3 /workflows/0/do"),
    Wrong(
        "workflows:\n- name: w\n  on: list.left\n  do:\n  - publish: {queue: vault.0, type: t}",
        "5:22 /workflows/0/do/0/publish/queue"),
    Wrong(
        "workflows:\n- name: w\n  on: list.left\n  do:\n  - mail: {to: me, template: t}",
        "5:16 /workflows/0/do/0/mail/to"),
    Wrong("mail:\n  from: \"A\\r\\nBcc: x <a@example.com>\"", "2:9 /mail/from"),
    Wrong("mail:\n  from: A, B <a@example.com>", "2:9 /mail/from"),
    Wrong("fields:\n  a: {\n", "3:1 "),
    Wrong("fields: {}\n\tpage: {}", "2:1 "),
    Wrong("a: &a {}\nb: [*a]", "2:5 "),
    Wrong("fields: !map {}", "1:9 /fields"),
    Wrong("vault: {revealsPerHour: !!int 5}", "1:25 /vault/revealsPerHour"),
    Wrong("vault: {}\n---\nvault: {}", "2:1 "),
    Wrong("brand:\n  name: A\u{7}", "2:10 "),
    Wrong("", "1:1 "),
    Wrong("- a", "1:1 "),
]

@Suite("Mistakes in a configuration")
struct MistakeTests {
    @Test("P2 each kind of mistake is named with its line and column", arguments: wrongs)
    func place(of wrong: Wrong) {
        #expect(places(wrong.yaml) == [wrong.place])
    }

    @Test("P2 all mistakes of a file come at once, in the order of its lines")
    func allAtOnce() throws {
        let yaml = """
            roles:
              privacy: [erase, reveal:firstName]
            languages: [en, de]
            fields:
              firstName: {}
              card: {sensitive: true, show: {last: 9}}
              firstName: {sensitive: true}
            vault: {revealsPerHour: 5}
            consents:
              tracking:
                kind: tracking
                default: granted
                version: "1"
                text: {en: Track me}
                shown: {any: [{field: nonsense, is: 1}, {field: locale, like: de}]}
            vault: {revealPerHour: 9}
            """
        #expect(
            places(yaml) == [
                "2:20 /roles/privacy/1", "6:40 /fields/card/show/last", "7:3 /fields/firstName",
                "12:14 /consents/tracking/default", "14:5 /consents/tracking/text/de",
                "15:27 /consents/tracking/shown/any/0/field", "15:67 /consents/tracking/shown/any/1/like",
                "16:1 /vault",
            ])
        let errors = #expect(throws: SettingsErrors.self) { try Settings.load(yaml: yaml) }
        let lines = try #require(errors).text(file: "assent.yaml").split(separator: "\n")
        #expect(lines.count == 8)
        #expect(lines.first == "assent.yaml:2:20: reveals no declared sensitive field (/roles/privacy/1)")
    }

    @Test("A key given three times is reported twice, in nested and in outer objects, with CRLF line ends")
    func repeatedKeys() {
        let yaml = "lists:\r\n  a: {}\r\n  a: {}\r\n  a: {}\r\nlists: {}"
        #expect(places(yaml) == ["3:3 /lists/a", "4:3 /lists/a", "5:1 /lists"])
    }
}
