import ConsentDomain
import FoundationEssentials
import Models
import Testing

private let start = Timestamp(microseconds: 1_763_800_000_000_000)
private let hour = Duration.seconds(3600)

private func consent(_ name: String, version: String = "1", shown: Condition? = nil) -> DeclaredConsent {
    DeclaredConsent(name: name, version: version, isGrantedByDefault: false, field: nil, shown: shown)
}

private let always = consent("always")
private let ready = consent("ready", shown: .leaf(.profile("stage"), .is("ready")))

private func rules(_ consents: [DeclaredConsent] = [always, ready], notify: Condition? = nil) -> PageRules {
    PageRules(
        audience: .leaf(.profile("region"), .is("EU")), consents: consents, notify: notify, configuration: "c1")
}

private func change(_ text: String) throws -> ContactChange {
    try ContactChange(reading: try Reader(try JSON(parsing: Array(text.utf8)), at: "/data"), sensitive: [])
}

private func contact(_ region: String = "EU", _ invitation: Invitation = Invitation()) -> ConsentContact {
    ConsentContact(exists: true, locale: nil, attributes: ["region": .string(region)], invitation: invitation)
}

extension ConsentContact {
    fileprivate mutating func tell(_ rules: PageRules = rules(), after time: Duration = .zero) -> Telling? {
        tell(rules, at: start + time, mail: UUID())
    }

    fileprivate mutating func becomes(_ profile: String) throws {
        try update(try change("{\"profile\":\(profile)}"), keeping: ["region", "stage"])
    }
}

@Suite("P3 contacts are told of their page")
struct InvitationTests {
    /// What comes of deciding again, and of a user's invitation.
    private struct Row {
        let name: String
        let contact: ConsentContact
        let kind: NoticeMail?
        let refusal: String?
    }

    private func table() throws -> [Row] {
        var told = contact()
        _ = told.tell()
        var more = told
        try more.becomes(#"{"stage":"ready"}"#)
        var failed = contact()
        let first = failed.tell()
        failed.invitationFailed(try #require(first).mail)
        var stopped = ConsentContact(
            exists: true, locale: nil, attributes: ["region": "EU"], page: PageState(processing: .stopped))
        _ = stopped.tell()
        let erased = ConsentContact(
            exists: true, locale: nil, attributes: ["region": "EU"],
            page: PageState(erasure: LatestFact(.completed, sequence: 1)))
        return [
            Row(name: "untold", contact: contact(), kind: .invitation, refusal: nil),
            Row(name: "outside", contact: contact("US"), kind: nil, refusal: "no-page"),
            Row(name: "told", contact: told, kind: nil, refusal: "already-told"),
            Row(name: "more to tell", contact: more, kind: .newConsents, refusal: "already-told"),
            Row(name: "named by a form", contact: contact("EU", Invitation(hold: .form)), kind: nil, refusal: nil),
            Row(name: "not reached", contact: failed, kind: nil, refusal: nil),
            Row(name: "stopped", contact: stopped, kind: nil, refusal: "stopped"),
            Row(name: "erased", contact: erased, kind: nil, refusal: "erased"),
            Row(name: "unknown", contact: .unknown, kind: nil, refusal: "unknown"),
        ]
    }

    @Test("every state is told what it does not know yet, once; consent.invite says why not")
    func states() throws {
        for row in try table() {
            var state = row.contact
            let telling = state.tell(after: hour)
            #expect(telling?.kind == row.kind, "\(row.name)")
            #expect(state.invitation.tellAt == nil && state.invitation.configuration == "c1", "\(row.name)")
            let again = state.tell(after: hour)
            #expect(again == nil, "\(row.name)")
            var invited = row.contact
            let (mail, refusal) = invited.invite(rules(), at: start + hour, mail: UUID())
            #expect(refusal == row.refusal && (mail == nil) == (refusal != nil), "\(row.name): \(refusal ?? "")")
            guard mail != nil else { continue }
            #expect(mail?.kind == .invitation && mail?.items == [], "\(row.name)")
            #expect(invited.invite(rules(), at: start + hour, mail: UUID()).refusal == "already-told", "\(row.name)")
        }
    }

    @Test("what comes up within an hour of a mail goes in one mail at the hour's end")
    func gathered() throws {
        var state = contact()
        #expect(state.tell()?.kind == .invitation)
        try state.becomes(#"{"stage":"ready"}"#)
        #expect(state.tell(after: .seconds(10)) == nil)
        #expect(state.invitation.tellAt == start + hour)
        let changed = [consent("always", version: "2"), ready, consent("brand-new")]
        #expect(state.tell(rules(changed), after: .seconds(20)) == nil)
        let telling = state.tell(rules(changed), after: hour)
        #expect(telling?.kind == .newConsents)
        #expect(
            telling?.items == [
                NoticeItem("always", .newText), NoticeItem("ready", .new), NoticeItem("brand-new", .new),
            ])
        #expect(state.tell(rules(changed), after: hour * 3) == nil)
        // What is no longer to be told is not told.
        try state.becomes(#"{"stage":"cold"}"#)
        try state.becomes(#"{"stage":"ready"}"#)
        #expect(state.tell(rules(changed), after: hour * 3) == nil, "shown again, in the version that was told")
    }

    @Test("a mail that is due for nothing any more is not sent")
    func noLonger() throws {
        var state = contact()
        _ = state.tell()
        try state.becomes(#"{"stage":"ready"}"#)
        _ = state.tell(after: .seconds(10))
        try state.becomes(#"{"region":"US"}"#)
        #expect(state.tell(after: hour) == nil)
        #expect(state.invitation.tellAt == nil)
    }

    @Test("who is told is a condition of its own")
    func notify() {
        var state = contact()
        #expect(state.tell(rules(notify: .leaf(.locale, .is("de")))) == nil)
        #expect(state.invite(rules(notify: .leaf(.locale, .is("de"))), at: start, mail: UUID()).refusal == nil)
        #expect(rules(notify: .leaf(.optIn, .is("double-opt-in"))).readsChoices && !rules().readsChoices)
    }

    @Test("O4 a form tells nobody, until the address is confirmed or a publisher names the contact")
    func forms() throws {
        let data = #"{"email":"x@example.com","marketing":true,"form":"f","profile":{"region":"EU"}}"#
        let form = try WebformSubmitted(
            reading: try Reader(try JSON(parsing: Array(data.utf8)), at: "/data"), sensitive: [])
        var submitted = ConsentContact.unknown
        submitted.submit(form, keeping: ["region"])
        #expect(submitted.tell() == nil)
        var confirmed = submitted
        for status in ["single-opt-in-webform", "none"] { confirmed.isConfirmed(by: status) }
        #expect(confirmed.tell() == nil)
        confirmed.isConfirmed(by: "double-opt-in")
        #expect(confirmed.tell()?.kind == .invitation)
        try submitted.becomes("{}")
        #expect(submitted.tell()?.kind == .invitation)
    }

    @Test("O9 a contact whose mail was not sent is told after a change of opt-in or address, not at every message")
    func failed() throws {
        var state = contact()
        let first = state.tell()
        let mail = try #require(first).mail
        state.invitationFailed(UUID())
        #expect(state.invitation.isTold)
        state.invitationFailed(mail)
        try state.becomes("{}")
        #expect(state.tell(after: .seconds(1)) == nil)
        var optedIn = state
        optedIn.isConfirmed(by: "none")
        #expect(optedIn.tell(after: .seconds(1))?.kind == .invitation)
        try state.update(try change(#"{"email":"new@example.com"}"#), keeping: [])
        #expect(state.tell(after: .seconds(1))?.kind == .invitation)
    }
}
