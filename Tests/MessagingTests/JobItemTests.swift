import FoundationEssentials
import Models
import RabbitMQ
import Testing

@testable import Messaging

@Suite("A job's message that is refused") struct JobItemTests {
    private let job = UUID()
    private let refusal = Refusal(.failed, "the service could not carry it out")

    private func delivery(
        number: Int = 7, id: UUID? = nil, account: String = "optin", exchange: String = "internal"
    ) -> Delivery {
        let data: JSON = ["job": .string(job.text), "number": .number("\(number)")]
        let event = Event(
            id: id ?? derivedID("job item", job.text, "7"), source: "/assent/optin", type: "internal.import",
            subject: "c-1", time: Timestamp(microseconds: 0), data: data)
        return Delivery(
            tag: 1, exchange: exchange, routingKey: "internal.import", isRedelivered: false,
            properties: Properties(userID: account, headers: ["partitionkey": .string("c-1")]), body: event.bytes)
    }

    @Test("it has its outcome, so that the job ends") func outcome() throws {
        let outcome = try #require(ItemOutcome(refused: delivery(), refusal, by: .optin))
        #expect(outcome.job == job && outcome.number == 7 && outcome.outcome == "failed")
    }

    @Test("what is no message of the service's own job has none") func others() {
        for other in [
            delivery(number: 8), delivery(id: UUID()), delivery(account: "crm"), delivery(exchange: "requests"),
            delivery(number: 0),
        ] {
            #expect(ItemOutcome(refused: other, refusal, by: .optin)?.outcome == nil)
        }
    }
}
