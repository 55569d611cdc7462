import FoundationEssentials
import Models
import OptInDomain

/// Everything that can happen to a contact.
enum Happening: String, CaseIterable, Sendable {
    case tickedForm, untickedForm, confirmation, decline, oneClick, newAddress, sameAddress, optedOutAddress
    case addressOptedOut, userOptIn, userOptOut, userNone, invitation, list, mailReceived
    case subscribeOrder, leaveOrder, inOrder, outOrder, stopOrder, resumeOrder
}

/// What follows: the status after, whether the double-opt-in mail is ordered, a refusal's code.
struct Outcome: Equatable {
    let status: OptInStatus
    var isMailed = false
    var refusal: Refusal.Code?
}

extension Happening {
    /// The event; `link` is the confirmation that a button answers.
    func occur(to state: inout OptIn, link: UUID) throws(Refusal) -> [OptIn.Consequence] {
        switch self {
        case .tickedForm: return try state.submit(.ticked(), addressHash: "hash", cause: "m", .at(now))
        case .untickedForm: return try state.submit(.unticked, addressHash: "hash", cause: "m", .at(now))
        case .confirmation: return try state.confirm(link)
        case .decline: return try state.decline(link)
        case .oneClick: return try state.unsubscribe()
        case .newAddress: return try state.update(AddressHashes(newest: "other"), cause: "m", at: now)
        case .sameAddress: return try state.update(AddressHashes(newest: "hash"), cause: "m", at: now)
        case .optedOutAddress:
            state.shared["other"] = AddressRecord(optOutCount: 3, isOptedOut: true)
            return try state.update(AddressHashes(newest: "other"), cause: "m", at: now)
        case .addressOptedOut:
            state.shared["hash"] = AddressRecord(optOutCount: state.optOutSeen + 1, isOptedOut: true)
            return state.catchUp(at: now)
        case .userOptIn: return try state.set(.singleOptInUser, .user, user: "u", at: now)
        case .userOptOut: return try state.set(.optOutUser, .user, user: "u", at: now)
        case .userNone: return try state.set(.none, .user, user: "u", at: now)
        case .invitation: return state.invite(.at(now)).consequences
        case .list: return try state.subscribe(to: "news") + (try state.leave("news"))
        case .mailReceived:
            try state.receive(messageHash: "m", at: now)
            return []
        case .subscribeOrder: return state.take(.list("events", isSubscribed: true))
        case .leaveOrder: return state.take(.list("news", isSubscribed: false))
        case .inOrder: return state.take(.marketing(true))
        case .outOrder: return state.take(.marketing(false))
        case .stopOrder: return state.take(.stop(true))
        case .resumeOrder: return state.take(.stop(false))
        }
    }
}
