import Cryptography
import FoundationEssentials
public import Messaging
import Models
public import OptInDomain
import ServiceKit
import Settings

extension OptIn: Aggregate {
    /// What opt-in's handlers need beside the message.
    public struct Environment: Sendable {
        let policy: SendPolicy
        let linkLife: Duration
        let mailEvery: Duration
        let lists: Set<String>
        let sensitiveFields: SensitiveNames
        let vocabulary: Condition.Vocabulary
        let addressKeys: KeyRing
        let linkKeys: KeyRingFile
        let reads: OptInReads

        /// From the configuration.
        init(settings: Settings, addressKeys: KeyRing, linkKeys: KeyRingFile, reads: OptInReads) {
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
        }

        /// An address's keyed hash, the same in every service that holds the key (O7).
        func hash(_ address: EmailAddress) throws(Refusal) -> String {
            guard let hash = KeyedHash.address(address.text, with: addressKeys) else {
                throw Refusal(.invalidField, "must be an e-mail address", at: "/data/email")
            }
            return Base64URL.encode(hash)
        }

        /// A message's keyed hash: who was written to and when is nobody's to read off a database (O9).
        func hash(_ message: MessageID) -> String {
            Base64URL.encode(KeyedHash.messageID(message.text, with: addressKeys))
        }

        /// The hash of the address that a message names; what names none is refused by the decision.
        func addressKey(of data: Reader) -> [String] {
            guard let email = data.json["email"]?.text.flatMap({ EmailAddress($0) }) else { return [] }
            return (try? hash(email)).map { [$0] } ?? []
        }

        /// A list that the configuration knows.
        func check(list: String) throws(Refusal) {
            guard lists.contains(list) else {
                throw Refusal(.invalidField, "is no list of the configuration", at: "/data/list")
            }
        }

        /// Lists that the configuration knows.
        func check(lists names: [String], at pointer: String) throws(Refusal) {
            for (index, name) in names.enumerated() where !lists.contains(name) {
                throw Refusal(.invalidField, "is no list of the configuration", at: "\(pointer)/\(index)")
            }
        }
    }

    /// Somebody of whom nothing was heard.
    public static var unknown: OptIn { OptIn() }

    /// An opt-out of the contact's address comes before whatever else is decided (O7).
    public mutating func catchUp(_ context: Context<OptIn>) -> [Effect] {
        let consequences = catchUp(at: context.now)
        return context.effects(of: consequences, on: self)
    }
}

extension Context<OptIn> {
    /// Names the message among those that name an address.
    var cause: String { message.event.id.text + " " + message.event.source }

    var occasion: OptIn.Occasion {
        OptIn.Occasion(
            contact: subject, now: now, newID: newID(), linkLife: environment.linkLife, mailEvery: environment.mailEvery
        )
    }

    /// What a decision brings about, as messages.
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
