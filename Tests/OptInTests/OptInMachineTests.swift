import FoundationEssentials
import Models
import OptInDomain
import Testing

private let now = Timestamp(microseconds: 1_800_000_000_000_000)

extension OptIn.Occasion {
    static func at(_ time: Timestamp, id: UUID = UUID()) -> OptIn.Occasion {
        OptIn.Occasion(now: time, newID: id, linkLife: .seconds(7 * 86_400), mailEvery: .seconds(86_400))
    }
}

extension OptIn.Form {
    static func ticked(lists: [String] = []) -> OptIn.Form {
        OptIn.Form(isTicked: true, lists: lists, evidence: Change.Evidence(form: "f"))
    }
    static let unticked = OptIn.Form(isTicked: false, lists: ["news"], evidence: Change.Evidence(form: "f"))
}

/// What can happen to a contact, as far as this release knows.
enum Happening: String, CaseIterable, Sendable {
    case tickedForm, untickedForm, confirmation, decline, oneClick, newAddress, sameAddress
}

/// A contact of a status, with a pending confirmation.
func contact(_ status: OptInStatus, confirmation: UUID? = nil) -> OptIn {
    var state = OptIn()
    state.exists = true
    state.since = now
    state.status = status
    state.address = AddressTrack(current: "hash")
    if let confirmation {
        state.confirmations = [
            Confirmation(id: confirmation, expiresAt: now + .seconds(60), lists: ["events"])
        ]
    }
    return state
}

/// Status after, and whether the double-opt-in mail is ordered; written from O1–O12, apart from the machine.
private let table: [OptInStatus: [Happening: (status: OptInStatus, isMailed: Bool)]] = [
    .none: [
        .tickedForm: (.singleOptInWebform, true), .untickedForm: (.none, false), .confirmation: (.doubleOptIn, false),
        .decline: (.optOutContact, false), .oneClick: (.optOutContact, false), .newAddress: (.none, false),
        .sameAddress: (.none, false),
    ],
    .singleOptInUser: [
        .tickedForm: (.singleOptInUser, true), .untickedForm: (.singleOptInUser, false),
        .confirmation: (.doubleOptIn, false), .decline: (.optOutContact, false), .oneClick: (.optOutContact, false),
        .newAddress: (.none, false), .sameAddress: (.singleOptInUser, false),
    ],
    .singleOptInWebform: [
        .tickedForm: (.singleOptInWebform, true), .untickedForm: (.singleOptInWebform, false),
        .confirmation: (.doubleOptIn, false), .decline: (.optOutContact, false), .oneClick: (.optOutContact, false),
        .newAddress: (.none, false), .sameAddress: (.singleOptInWebform, false),
    ],
    .doubleOptIn: [
        .tickedForm: (.doubleOptIn, false), .untickedForm: (.doubleOptIn, false), .confirmation: (.doubleOptIn, false),
        .decline: (.optOutContact, false), .oneClick: (.optOutContact, false), .newAddress: (.none, false),
        .sameAddress: (.doubleOptIn, false),
    ],
    .optOutUser: [
        .tickedForm: (.singleOptInWebform, true), .untickedForm: (.optOutUser, false),
        .confirmation: (.doubleOptIn, false), .decline: (.optOutContact, false), .oneClick: (.optOutContact, false),
        .newAddress: (.optOutUser, false), .sameAddress: (.optOutUser, false),
    ],
    .optOutContact: [
        .tickedForm: (.singleOptInWebform, true), .untickedForm: (.optOutContact, false),
        .confirmation: (.doubleOptIn, false), .decline: (.optOutContact, false), .oneClick: (.optOutContact, false),
        .newAddress: (.optOutContact, false), .sameAddress: (.optOutContact, false),
    ],
]

@Suite struct OptInMachineTests {
    @Test(
        "O1 every status × every event goes where the rules say",
        arguments: OptInStatus.allCases, Happening.allCases)
    func transition(from status: OptInStatus, on happening: Happening) throws {
        let expected = try #require(table[status]?[happening])
        let link = UUID()
        var state = contact(status, confirmation: happening == .confirmation || happening == .decline ? link : nil)
        let consequences = try happen(happening, to: &state, link: link)

        #expect(state.status == expected.status)
        let changes = consequences.compactMap { if case .changed(let change) = $0 { change } else { nil } }
        #expect(changes.map(\.to) == (status == expected.status ? [] : [expected.status]))
        #expect(changes.map(\.from) == (status == expected.status ? [] : [status]))
        #expect(state.newChanges == changes)
        let mails = consequences.filter { if case .mail = $0 { true } else { false } }
        #expect(mails.count == (expected.isMailed ? 1 : 0))
    }

    private func happen(
        _ happening: Happening, to state: inout OptIn, link: UUID
    ) throws -> [OptIn.Consequence] {
        let evidence = Change.Evidence()
        switch happening {
        case .tickedForm: return try state.submit(.ticked(), addressHash: "hash", cause: "m", .at(now))
        case .untickedForm: return try state.submit(.unticked, addressHash: "hash", cause: "m", .at(now))
        case .confirmation: return try state.confirm(link, evidence: evidence, at: now)
        case .decline: return try state.decline(link, evidence: evidence, at: now)
        case .oneClick: return try state.unsubscribe(evidence: evidence, at: now)
        case .newAddress: return state.name(addressHash: "other", cause: "m", at: now)
        case .sameAddress: return state.name(addressHash: "hash", cause: "m", at: now)
        }
    }

    @Test(
        "O7 after a form on an opt-out the contact is unconfirmed until they confirm",
        arguments: [
            OptInStatus.optOutUser, .optOutContact,
        ])
    func formOnOptOut(status: OptInStatus) throws {
        let link = UUID()
        var state = contact(status)
        _ = try state.submit(.ticked(), addressHash: "hash", cause: "m", .at(now, id: link))
        #expect(state.heldOptOut == status)
        _ = try state.confirm(link, evidence: Change.Evidence(), at: now)
        #expect(state.heldOptOut == nil)
        #expect(state.status == .doubleOptIn)
    }

    @Test("O12 a new address of an unconfirmed contact brings the opt-out back")
    func newAddressWhileUnconfirmed() throws {
        var state = contact(.optOutContact)
        _ = try state.submit(.ticked(), addressHash: "hash", cause: "m", .at(now))
        _ = state.name(addressHash: "other", cause: "n", at: now)
        #expect(state.status == .optOutContact)
        #expect(state.heldOptOut == nil)
    }

    @Test(
        "O7, O12 links issued before an opt-out or a new address are dead",
        arguments: [
            Happening.oneClick, .decline, .newAddress, .confirmation,
        ])
    func deadLinks(happening: Happening) throws {
        let old = UUID()
        let other = UUID()
        var state = contact(.singleOptInWebform, confirmation: old)
        state.confirmations.append(Confirmation(id: other, expiresAt: now + .seconds(60), lists: []))
        _ = try happen(happening, to: &state, link: other)
        #expect(throws: Refusal(.conflict, "the link was used or ended before")) {
            try state.confirm(old, evidence: Change.Evidence(), at: now)
        }
    }

    @Test("P6 a link works once and expires")
    func linkLife() throws {
        let link = UUID()
        var state = contact(.singleOptInWebform, confirmation: link)
        #expect(throws: Refusal(.expired, "the link ran out")) {
            try state.confirm(link, evidence: Change.Evidence(), at: now + .seconds(60))
        }
        #expect(state.status == .singleOptInWebform)
        _ = try state.confirm(link, evidence: Change.Evidence(), at: now + .seconds(59))
        #expect(throws: Refusal.self) { try state.confirm(link, evidence: Change.Evidence(), at: now) }
        #expect(throws: Refusal.self) { try state.decline(link, evidence: Change.Evidence(), at: now) }
        #expect(state.status == .doubleOptIn)
    }

    @Test("O4 a second form within 24 hours sends no second mail, an answered mail no longer counts")
    func mailLimit() throws {
        var state = OptIn()
        let first = try state.submit(.ticked(), addressHash: "hash", cause: "1", .at(now))
        let again = try state.submit(.ticked(), addressHash: "hash", cause: "2", .at(now + .seconds(86_399)))
        let later = try state.submit(.ticked(), addressHash: "hash", cause: "3", .at(now + .seconds(86_400)))
        #expect(mails(first) == 1)
        #expect(mails(again) == 0)
        #expect(mails(later) == 1)
        _ = try state.unsubscribe(evidence: Change.Evidence(), at: now + .seconds(86_401))
        let afterOptOut = try state.submit(.ticked(), addressHash: "hash", cause: "4", .at(now + .seconds(86_402)))
        #expect(mails(afterOptOut) == 1)
    }

    @Test("O10 lists of a form count at once for a new contact, and wait for the confirmation of a known one")
    func lists() throws {
        var new = OptIn()
        _ = try new.submit(.ticked(lists: ["news"]), addressHash: "hash", cause: "1", .at(now))
        #expect(new.lists == ["news"])

        let link = UUID()
        var known = contact(.doubleOptIn)
        let consequences = try known.submit(
            .ticked(lists: ["news"]), addressHash: "hash", cause: "1", .at(now, id: link))
        #expect(known.lists == [])
        #expect(mails(consequences) == 1)
        let confirmed = try known.confirm(link, evidence: Change.Evidence(), at: now)
        #expect(known.lists == ["news"])
        #expect(confirmed == [.subscribed(list: "news")])
    }

    @Test("O12 the vault's word on a refused message makes nobody known")
    func refusedStranger() {
        var state = OptIn()
        let consequences = state.follow(addressHash: nil, cause: "1", at: now)
        #expect(consequences == [])
        #expect(state == OptIn())
        _ = state.follow(addressHash: "hash", cause: "2", at: now)
        #expect(state.exists)
    }

    @Test("a form of a known contact with another address is a conflict")
    func otherAddress() {
        var state = contact(.none)
        #expect(throws: Refusal(.conflict, "the contact has another address", at: "/data/email")) {
            try state.submit(.ticked(), addressHash: "other", cause: "1", .at(now))
        }
    }

    private func mails(_ consequences: [OptIn.Consequence]) -> Int {
        consequences.count { if case .mail = $0 { true } else { false } }
    }
}
