import FoundationEssentials
import Models
import OptInDomain

let now = Timestamp(microseconds: 1_800_000_000_000_000)
let day = Duration.seconds(86_400)

extension OptIn.Occasion {
    static func at(_ time: Timestamp, id: UUID = UUID(), contact: String = "c-1") -> OptIn.Occasion {
        OptIn.Occasion(contact: contact, now: time, newID: id, linkLife: .seconds(7 * 86_400), mailEvery: day)
    }
}

extension OptIn.Form {
    static func ticked(lists: [String] = []) -> OptIn.Form {
        OptIn.Form(isTicked: true, lists: lists, evidence: Change.Evidence(form: "f"))
    }
    static let unticked = OptIn.Form(isTicked: false, lists: ["news"], evidence: Change.Evidence(form: "f"))
}

extension ButtonPress {
    /// A human's press, long after the mail came.
    static let human = ButtonPress(isEarly: false, hasNonce: true, code: .none)
    static func code(_ code: Code) -> ButtonPress {
        ButtonPress(isEarly: true, hasNonce: true, code: code)
    }
}

typealias TypedCode = ButtonPress.Code

/// A contact of a status, with a pending confirmation whose mail was handed over.
func contact(_ status: OptInStatus, confirmation: UUID? = nil) -> OptIn {
    var state = OptIn()
    state.exists = true
    state.since = now
    state.status = status
    state.address = AddressTrack(current: "hash")
    if let confirmation {
        state.confirmations = [
            Confirmation(id: confirmation, expiresAt: now + .seconds(60), lists: ["events"], isHanded: true)
        ]
    }
    return state
}

extension OptIn {
    mutating func confirm(
        _ id: UUID, press: ButtonPress = .human, at time: Timestamp = now
    ) throws(Refusal) -> [Consequence] {
        try confirm(id, press, evidence: Change.Evidence(), .at(time)).consequences
    }

    mutating func submit(
        _ form: Form, addressHash: String, cause: String, _ occasion: Occasion
    ) throws(Refusal) -> [Consequence] {
        try submit(form, address: AddressHashes(newest: addressHash), cause: cause, occasion)
    }

    mutating func name(addressHash: String, cause: String, at now: Timestamp) -> [Consequence] {
        name(AddressHashes(newest: addressHash), cause: cause, at: now)
    }

    mutating func follow(addressHash: String?, cause: String, at now: Timestamp) -> [Consequence] {
        follow(addressHash.map { AddressHashes(newest: $0) }, cause: cause, at: now)
    }

    mutating func decline(_ id: UUID, at time: Timestamp = now) throws(Refusal) -> [Consequence] {
        try decline(id, .human, evidence: Change.Evidence(), .at(time))
    }

    mutating func unsubscribe(at time: Timestamp = now) throws(Refusal) -> [Consequence] {
        try unsubscribe(evidence: Change.Evidence(), .at(time))
    }
}

extension OptIn {
    /// The next order about the choice's topic.
    mutating func take(_ choice: EmailOrder.Choice, _ occasion: Occasion = .at(now)) -> [Consequence] {
        take(.next(choice, on: self), known: ["news", "events"], since: 0, occasion)
    }
}

extension EmailOrder {
    /// An order that follows the one in force, unless another is named.
    static func next(
        _ choice: Choice, on state: OptIn, id: UUID = UUID(), sequence: Int64? = nil, follows: UUID? = nil,
        epoch: Int64 = 0, text: String? = nil, isSuspect: Bool = false
    ) -> EmailOrder {
        let last = state.inForce(choice.topic)
        let head = OrderHead(
            order: id, follows: follows ?? last.order, epoch: epoch, sequence: sequence ?? last.sequence + 256)
        let evidence = WebEvidence(remoteAddress: "192.0.2.1", userAgent: "Browser")
        return EmailOrder(head: head, choice: choice, text: text, isSuspect: isSuspect, evidence: evidence)
    }
}

extension [OptIn.Consequence] {
    /// How many double-opt-in mails were ordered.
    var mails: Int { count { if case .mail = $0 { true } else { false } } }
    var changes: [Change] { compactMap { if case .changed(let change) = $0 { change } else { nil } } }
}
