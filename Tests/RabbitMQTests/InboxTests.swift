import Testing

@testable import RabbitMQ

@Suite("Deliveries between thread and task", .timeLimit(.minutes(10)))
struct InboxTests {
    private func deliveries(_ tags: ClosedRange<UInt64>) -> [Delivery] {
        tags.map {
            Delivery(
                tag: $0, exchange: "e", routingKey: "k", isRedelivered: false, properties: Properties(), body: [])
        }
    }

    @Test("what arrived is taken in order, each once, whether it was waited for or not") func inOrder() async throws {
        let inbox = Inbox()
        #expect(inbox.takeArrived(atMost: 3).isEmpty)
        inbox.deliver(deliveries(1...2))
        #expect(try await inbox.take(atMost: 300).get().map(\.tag) == [1, 2])
        inbox.deliver(deliveries(3...5))
        inbox.deliver(deliveries(6...7))
        #expect(inbox.takeArrived(atMost: 0).isEmpty)
        #expect(inbox.takeArrived(atMost: 4).map(\.tag) == [3, 4, 5, 6])
        #expect(try await inbox.take(atMost: 300).get().map(\.tag) == [7])
    }

    @Test("once the connection has ended nothing is there") func ended() {
        let inbox = Inbox()
        inbox.deliver(deliveries(1...2))
        inbox.fail(BrokerError(.closed, "closed"))
        #expect(inbox.takeArrived(atMost: 300).isEmpty)
    }
}
