import Cryptography
import FoundationEssentials
package import Messaging
import Models
package import OptInDomain
import ServiceKit
import Settings

extension OptIn: Aggregate {
    /// Settings, keys and reads that opt-in's handlers need besides the message.
    package struct Environment: Sendable {
        let policy: SendPolicy
        let linkLife: Duration
        let mailEvery: Duration
        let lists: Set<String>
        let sensitiveFields: SensitiveNames
        let vocabulary: Condition.Vocabulary
        let addressKeys: AddressKeys
        let linkKeys: KeyRingFile
        let reads: OptInReads
        private let leftOut: LeftOut

        /// Reads the settings of the configuration.
        init(
            settings: Settings, addressKeys: AddressKeys, linkKeys: KeyRingFile, reads: OptInReads
        ) {
            policy =
                switch settings.optIn.policy {
                case .double: .double
                case .doubleOrUser: .doubleOrUser
                case .any: .any
                }
            linkLife = settings.optIn.linkLife
            mailEvery = settings.optIn.mailEvery
            lists = Set(settings.lists.map(\.name))
            sensitiveFields = settings.sensitiveNames
            vocabulary = settings.vocabulary
            self.addressKeys = addressKeys
            self.linkKeys = linkKeys
            self.reads = reads
            leftOut = LeftOut(settings)
        }

        /// The form's lists that the configuration declares; unknown lists are left out instead of refusing the form.
        func known(_ names: [String]) -> [String] { leftOut.knownLists(names) }

        /// Refuses a list that the configuration does not declare.
        func check(list: String) throws(Refusal) {
            guard lists.contains(list) else {
                throw Refusal(.invalidField, "is no list of the configuration", at: "/data/list")
            }
        }
    }

    /// Records the number of the last fact, so that consent can recover a fact that it lost (X5).
    package mutating func factsLeave(upTo number: Int64, in epoch: Int64) { factLeaves(number, in: epoch) }
    package static var unknown: OptIn { OptIn() }

    /// Applies an opt-out of the contact's address before the message is decided on (O7).
    package mutating func catchUp(_ context: Context<OptIn>) -> [Effect] {
        let consequences = catchUp(at: context.now)
        return context.effects(of: consequences, on: self)
    }
}

extension Context<OptIn> {
    /// Identifies the message in `AddressTrack`.
    var cause: String { message.event.id.text + " " + message.event.source }

    var occasion: OptIn.Occasion {
        OptIn.Occasion(
            contact: subject, now: now, newID: newID(), linkLife: environment.linkLife, mailEvery: environment.mailEvery
        )
    }

    /// The effects of a decision's consequences.
    func effects(of consequences: [OptIn.Consequence], on state: OptIn) -> [Effect] {
        consequences.map { consequence in
            switch consequence {
            case .changed(let change):
                .fact(
                    "optin.changed",
                    [
                        "from": .string(change.from.rawValue), "to": .string(change.to.rawValue),
                        "by": .string(change.by.rawValue), "reason": .string(change.reason.rawValue),
                    ])
            case .subscribed(let list): .fact("list.subscribed", ["list": .string(list)])
            case .left(let list): .fact("list.left", ["list": .string(list)])
            case .addressChanged: .order(AddressChangedNotice.type, subject: subject, [:])
            case .mail(let confirmation):
                .order(
                    MailOrder.type, subject: subject,
                    MailOrder(
                        mail: newID(), kind: .doubleOptIn(confirmation: confirmation),
                        addressHash: state.address.current
                    ).json)
            }
        }
    }
}

extension Change.Evidence {
    init(_ evidence: WebEvidence) {
        self.init(remoteAddress: evidence.remoteAddress, userAgent: evidence.userAgent)
    }
}
