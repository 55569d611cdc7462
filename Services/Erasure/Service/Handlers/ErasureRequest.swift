import ErasureDomain
import FoundationEssentials
import Messaging
import Models

/// Bytes of a channel's name.
private let longestChannel = 64

/// `erasure.request`: a contact asked somewhere else than on the page for an erasure or a copy of their data (E1). One
/// that is open already is answered with its id. Any id is taken: whether anybody holds something of the contact is
/// found out when the request is carried out.
struct ErasureRequest: Handler {
    static let type = "erasure.request"
    static let exchange = Exchange.requests

    private let kind: RightsKind
    private let channel: String

    init(reading data: Reader) throws(Refusal) {
        kind = try data.choice("kind")
        channel = try data.text("channel", limit: longestChannel)
        guard channel.isKebabCase else {
            throw data.refusal("channel", "must be a name in kebab-case, such as phone or in-person")
        }
    }

    func decide(_ contact: inout ErasureContact, _ context: Context<ErasureContact>) throws(Refusal) -> [Effect] {
        let recorded = contact.request(
            RightsRequest(id: context.newID(), kind: kind, channel: channel, createdAt: context.now),
            by: context.user?.text ?? context.message.account)
        let request = recorded.request
        return recorded.facts + [
            .answer(["request": .string(request.id.text), "dueAt": .string(request.dueAt.rfc3339)])
        ]
    }
}

extension ErasureContact.Recorded {
    /// `erasure.requested`, if the request is new.
    var facts: [Effect] {
        guard isNew else { return [] }
        return [
            .fact(
                "erasure.requested",
                [
                    "request": .string(request.id.text), "kind": .string(request.kind.rawValue),
                    "dueAt": .string(request.dueAt.rfc3339),
                ])
        ]
    }
}

extension String {
    /// Whether it consists of lower-case words of letters and digits, joined by single hyphens.
    fileprivate var isKebabCase: Bool {
        let words = utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return words.allSatisfy { word in
            !word.isEmpty && word.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
        }
    }
}
