import ConsentDomain
import Cryptography
import FoundationEssentials
import Messaging
import Models
import Settings

/// `erasure.requested`: updates the copy of the erasure's state that conditions read (contract section 5).
struct ErasureRequested: Handler {
    static let type = "erasure.requested"
    static let exchange = Exchange.facts
    static let sender: SuiteService? = .erasure

    private let kind: RightsKind
    private let dueAt: Timestamp?

    init(reading data: Reader) throws(Refusal) {
        kind = try data.choice("kind")
        dueAt = Timestamp(rfc3339: try data.text("dueAt", limit: 64))
    }

    func decide(_ state: inout ConsentContact, _ context: Context<ConsentContact>) throws(Refusal) -> [Effect] {
        switch kind {
        case .erasure: state.hearErasure(.requested, dueAt: dueAt, sequence: try context.message.sequence())
        case .access: if let dueAt { state.isRequested(.access, dueAt: dueAt) }
        }
        return []
    }
}
