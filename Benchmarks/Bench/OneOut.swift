import Foundation
import Models
import RabbitMQ

/// One durable message in, one out, and hardly any work between them: a request that is refused, since no token is
/// beside it, and answered. As `engagement.recorded` at consent (`Engagements`), it looks at a contact and writes
/// what it came to, but changes none.
enum OneOut {
    static func run() async throws {
        let load = try FormLoad()
        try await load.prepare()
        print("requests that are refused, one in, one out, beside the bare broker (bar: ratio 0.5)")
        let bodyBytes = request(0, of: 0).body.count
        let alternation = Alternation(name: "one", service: "optin", outgoing: 1, bodyBytes: bodyBytes) { count in
            let run = UInt32.random(in: 0 ... .max)
            let requests = (0..<count).map { request($0, of: run) }
            return try SuiteLoad(facts: FormLoad.facts, orders: nil).throughput(requests)
        }
        try await alternation.run()
    }

    private static func request(_ number: Int, of run: UInt32) -> OutgoingMessage {
        var message = Publisher.message(
            "requests", "optin.subscribe", subject: "one-\(run)-\(number)", ["list": "news"])
        message.properties.replyTo = FormLoad.facts
        return message
    }
}
