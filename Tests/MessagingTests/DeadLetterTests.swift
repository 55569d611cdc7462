import FoundationEssentials
import Models
import RabbitMQ
import Testing

@testable import Messaging

@Suite struct DeadLetterTests {
    private func letter(
        body: String = "{}", type: String = "contact.created",
        properties: Properties = Properties(userID: "crm"), _ refusal: Refusal = Refusal(.malformed, "x")
    ) -> OutgoingMessage {
        let delivery = Delivery(
            tag: 1, exchange: "contacts", routingKey: type, isRedelivered: false, properties: properties,
            body: Array(body.utf8))
        return DeadLetter(delivery, refusal).outgoing(from: .optin, sensitive: ["creditCard"])
    }

    @Test("a dead letter says why it is there and where it came from, and holds no token")
    func headers() {
        let message = letter(
            properties: Properties(
                userID: "crm",
                headers: [
                    "partitionkey": .string("c-1"), "Authorization": .string("Bearer x"), "x-error-code": .string("y"),
                ]))
        #expect(
            message.properties.headers == [
                "partitionkey": .string("c-1"), "x-error-code": .string("malformed"), "x-error-message": .string("x"),
                "x-original-exchange": .string("contacts"), "x-original-routing-key": .string("contact.created"),
                "x-original-user-id": .string("crm"),
            ])
        #expect(message.routingKey == "optin.dead")
        #expect(message.properties.userID == "optin")
    }

    @Test(
        "whatever the refusal, a body with a sensitive value in the clear is not kept",
        arguments: [
            (#"{"data":{"profile":{"creditCard":"4111"}}}"#, false), (#"{"data":{"profile":{"region":"EU"}}}"#, true),
            (#"{"data":{"profile":{"credit\u0043ard":"4111"}}}"#, false), (#"{"data":{"field":"creditCard"}}"#, true),
            (#"{"data":{"profile":{"creditCard":"4111""#, false), (#"{"broken":"#, true),
        ])
    func sensitive(body: String, isKept: Bool) {
        #expect(letter(body: body).body == (isKept ? Array(body.utf8) : []))
    }

    @Test("V5, X4 what somebody stored or looked for is not kept, whatever the refusal")
    func requestsWithValues() {
        let body = #"{"data":{"text":"1234","fields":{"a":{"value":"x"}}}}"#
        for type in ["vault.store", "vault.find"] { #expect(letter(body: body, type: type).body.isEmpty, "\(type)") }
        #expect(letter(body: body, type: "vault.read").body == Array(body.utf8))
    }

    @Test("properties that grew over AMQP's limits when they were read do not stand in the way of a dead letter")
    func oversized() {
        let long = String(repeating: "\u{fffd}", count: 86)
        let message = letter(
            properties: Properties(
                contentType: long, messageID: long, userID: "crm", correlationID: long, replyTo: long, type: long,
                headers: ["a": .string(String(repeating: "x", count: 60_000)), "b": .string("y")]))
        #expect(message.isPublishable)
        #expect(message.properties.headers.count == 5)
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
            delivery, input: "optin.in",
            expecting: ["optin.show": ExpectedType(exchange: .requests, bodyLimit: ordinaryBodyLimit)])
        #expect(incoming.replyAddress == nil)
        #expect(throws: Refusal.self) { try incoming.result.get() }
    }
}
