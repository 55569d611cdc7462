import Cryptography
import FoundationEssentials
import Models
import RabbitMQ
import Testing

@testable import Messaging

@Suite struct LetterTests {
    private func letter(
        body: String = "{}", type: String = "contact.created", exchange: Exchange = .contacts,
        properties: Properties = Properties(userID: "crm"), _ refusal: Refusal = Refusal(.malformed, "x"),
        room: Int64 = 1 << 20
    ) -> Letter {
        let delivery = Delivery(
            tag: 1, exchange: exchange.rawValue, routingKey: type, isRedelivered: false, properties: properties,
            body: Array(body.utf8))
        let incoming = Incoming(
            delivery, expecting: [type: ExpectedType(exchange: exchange, bodyLimit: ordinaryBodyLimit)])
        return Letter(id: UUID(), incoming, refusal, sensitive: ["creditCard"], room: room)
    }

    @Test("Q2 a letter keeps the message's properties and headers, and no token")
    func headers() {
        let properties = letter(
            properties: Properties(
                userID: "crm", correlationID: "c",
                headers: ["partitionkey": .string("c-1"), "Authorization": .string("Bearer x"), "n": .integer(3)])
        ).properties
        #expect(properties["headers"]?.serialized == #"{"partitionkey":"c-1"}"#)
        #expect(properties["correlationId"] == "c")
        #expect(!properties.serialized.contains("Bearer"))
    }

    @Test(
        "whatever the refusal, a body with a sensitive value in the clear is not kept",
        arguments: [
            (#"{"data":{"profile":{"creditCard":"4111"}}}"#, false), (#"{"data":{"profile":{"region":"EU"}}}"#, true),
            (#"{"data":{"profile":{"credit\u0043ard":"4111"}}}"#, false), (#"{"data":{"field":"creditCard"}}"#, true),
            (#"{"data":{"profile":{"creditCard":"4111""#, false), (#"{"broken":"#, true),
        ])
    func sensitive(body: String, isKept: Bool) {
        #expect(letter(body: body).body == (isKept ? Array(body.utf8) : nil))
    }

    @Test("V5, X4 what was stored or searched for is not kept, whatever the refusal")
    func requestsWithValues() {
        let body = #"{"data":{"text":"1234","fields":{"a":{"value":"x"}}}}"#
        for type in ["vault.store", "vault.find"] {
            #expect(letter(body: body, type: type, exchange: .requests).body == nil, "\(type)")
        }
        #expect(letter(body: body, type: "vault.read", exchange: .requests).body == Array(body.utf8))
    }

    @Test("Q2 a body is not kept for what is erased or too large, and where there is no room")
    func dropped() {
        #expect(letter(Refusal(.erased, "x")).body == nil)
        #expect(letter(Refusal(.tooLarge, "x")).body == nil)
        #expect(letter(Refusal(.conflict, "x", dropsBody: true)).body == nil)
        #expect(letter(room: 1).body == nil && letter(room: 2).body != nil)
    }

    @Test("Q2 the same message is one letter, another body under its id is another")
    func keys() {
        let id = UUID()
        func event(_ time: Int64) -> String {
            let event = Event(
                id: id, source: "/crm", type: "contact.created", subject: "c", time: Timestamp(microseconds: time),
                data: [:])
            return String(decoding: event.bytes, as: UTF8.self)
        }
        let one = letter(body: event(0))
        #expect(one.key == letter(body: event(0)).key && one.key != letter(body: event(1_000_000)).key)
        #expect(one.incoming.identity?.id == id)
        #expect(letter(body: "{").incoming.identity == nil)
    }

    @Test("Q2 a body is sealed under the service's own key, bound to its letter")
    func sealed() throws {
        let key = #"{"keys":[{"version":1,"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#
        let ring = try KeyRing(json: key)
        let seal = LetterSeal { ring }
        let id = UUID()
        let sealed = seal.seal(Array("text".utf8), letter: id)
        #expect(seal.open(sealed, letter: id) == Array("text".utf8))
        #expect(seal.open(sealed, letter: UUID()) == nil)
        #expect(seal.open([1], letter: id) == nil)
    }

    @Test("a reply address that grew over AMQP's limits is malformed and answered by nobody")
    func oversizedReplyAddress() throws {
        let event = Event(
            id: UUID(), source: "/crm", type: "optin.show", subject: "c", time: Timestamp(microseconds: 0), data: [:])
        let delivery = Delivery(
            tag: 1, exchange: "requests", routingKey: "optin.show", isRedelivered: false,
            properties: Properties(
                userID: "crm", correlationID: String(repeating: "\u{fffd}", count: 86),
                replyTo: "amq.rabbitmq.reply-to.x", headers: ["partitionkey": .string("c")]), body: event.bytes)
        let incoming = Incoming(
            delivery, expecting: ["optin.show": ExpectedType(exchange: .requests, bodyLimit: ordinaryBodyLimit)])
        #expect(incoming.replyAddress == nil)
        #expect(throws: Refusal.self) { try incoming.result.get() }
    }
}
