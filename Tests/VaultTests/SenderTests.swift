import FoundationEssentials
import Models
import RabbitMQ
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

/// Who may publish what the vault takes on `internal`: the broker's word on the account decides.
@Suite struct SenderTests {
    private func refusal(_ type: String, by account: String) -> Refusal? {
        var registry = Registry<Fields>()
        registry.add(FieldLockHandler.self)
        var queries = QueryRegistry<VaultEnvironment>()
        queries.add(ResolveHandler.self)
        queries.add(ResolveWorkflowHandler.self)
        let event = Event(
            id: UUID(), source: "/assent/consent", type: type, subject: "c-1", time: Timestamp(microseconds: 0),
            data: [:])
        let delivery = Delivery(
            tag: 1, exchange: "internal", routingKey: type, isRedelivered: false,
            properties: Properties(userID: account, headers: ["partitionkey": .string("c-1")]), body: event.bytes)
        let expected = registry.expected.merging(queries.expected) { one, _ in one }
        let incoming = Incoming(delivery, expecting: expected)
        guard case .failure(let refusal) = incoming.result else { return nil }
        return refusal
    }

    @Test(
        "C1, C6, E3 consent alone orders a lock, and the notifier and consent ask for addresses, each its own question",
        arguments: SuiteService.allCases.map(\.rawValue) + ["crm", "operator", ""],
        [
            (FieldLockHandler.type, SuiteService.consent), (ResolveHandler.type, .notifier),
            (ResolveWorkflowHandler.type, .consent),
        ])
    func senders(_ account: String, _ type: (name: String, sender: SuiteService)) {
        let refusal = refusal(type.name, by: account)
        #expect((refusal == nil) == (account == type.sender.rawValue))
        #expect(refusal == nil || refusal?.code == .malformed)
    }
}
