import FoundationEssentials
import Models
import RabbitMQ
import Testing

@testable import Operator

private let noon = Timestamp(microseconds: 1_763_900_000_123_456)

private func complete(_ draft: JSON) throws -> CompleteEvent {
    try CompleteEvent(draft, account: "crm", now: noon, random: Array(repeating: 7, count: 10))
}

@Suite("An event on its way out")
struct CompleteEventTests {
    @Test("what is missing is filled in")
    func fills() throws {
        let event = try complete(["type": "contact.created", "subject": "c-1", "data": ["email": "a@example.com"]])
        let message = event.message(account: "crm", token: nil)
        let sent = try JSON(parsing: message.body)
        #expect(sent["specversion"] == "1.0")
        #expect(sent["source"] == "/crm")
        #expect(sent["time"] == .string(noon.rfc3339))
        #expect(sent["datacontenttype"] == "application/json")
        #expect(sent["id"]?.text == message.properties.messageID)
        #expect(event.event.id.madeAt?.rfc3339 == noon.rfc3339)
    }

    @Test("what was written stays as written, unknown attributes and numbers included")
    func keeps() throws {
        let draft: JSON = [
            "specversion": "1.0", "id": "0196F1A0-0000-4000-8000-000000000001", "source": "/shop", "custom": "x",
            "type": "contact.updated", "subject": "c-1", "time": "2026-01-02T03:04:05Z",
            "datacontenttype": "application/json", "data": ["profile": ["score": .number("1.50")]],
        ]
        #expect(try complete(draft).message(account: "crm", token: nil).body == draft.bytes)
    }

    @Test("an id of version 7 gives the time, so that what is sent again is the same to the byte")
    func repeats() throws {
        let draft: JSON = [
            "id": "01a207da-45f8-711c-a009-69d01b35b8fa", "type": "optin.set", "subject": "c-1", "data": [:],
        ]
        let later = try CompleteEvent(
            draft, account: "crm", now: noon + .seconds(60), random: Array(repeating: 9, count: 10))
        let (first, second) = (
            try complete(draft).message(account: "crm", token: nil), later.message(account: "crm", token: nil)
        )
        #expect(first.body == second.body)
    }

    @Test("the message says who sends it, about whom, and for which user")
    func properties() throws {
        let message = try complete(["type": "optin.show", "subject": "c-1", "data": [:]])
            .message(account: "crm", token: "a.b.c")
        #expect(message.exchange == "requests" && message.routingKey == "optin.show" && message.mandatory)
        #expect(message.properties.userID == "crm")
        #expect(message.properties.deliveryMode == 2)
        #expect(message.properties.contentType == "application/cloudevents+json")
        #expect(
            message.properties.headers == [
                "partitionkey": .string("c-1"), "authorization": .string("Bearer a.b.c"),
            ])
    }

    @Test("what happened to contacts goes to contacts, all else to requests")
    func exchanges() {
        for type in [
            "contact.created", "contact.deleted", "webform.submitted", "mail.received", "engagement.recorded",
        ] {
            #expect(exchangeName(of: type) == "contacts")
        }
        for type in ["mail.send", "mail.campaign", "optin.set", "erasure.done", "contacts", "access.part"] {
            #expect(exchangeName(of: type) == "requests")
        }
    }

    @Test("a mistake names its place")
    func mistakes() {
        let drafts = [
            EventFile.Draft(place: "e.jsonl:1", json: ["type": "contact.created", "data": [:]]),
            EventFile.Draft(place: "e.jsonl:2", json: ["type": "contact.created", "subject": "c-1", "data": []]),
        ]
        let expected = """
            e.jsonl:1: must be a string of 1 to 256 bytes (/subject)
            e.jsonl:2: must be an object (/data)
            nothing was published
            """
        #expect(throws: Ending(.usage, expected)) { try PublishCommand.complete(drafts, account: "crm") }
    }

    @Test("the first of each type goes alone, the rest in order by at most 256")
    func batches() throws {
        let types = ["a", "a", "b", "a", "b"] + Array(repeating: "a", count: 600)
        let events = try types.map { try complete(["type": .string($0), "subject": "c-1", "data": [:]]) }
        let batches = PublishCommand.batches(events)
        #expect(batches.map(\.count) == [1, 1, 1, 256, 256, 90])
        #expect(batches.flatMap { $0.map(\.event.type) } == types)
        #expect(PublishCommand.batches([]).isEmpty)
    }

    @Test(
        "a subject that is no contact's id is refused before anything is published",
        arguments: ["contact.created", "webform.submitted", "optin.set", "vault.reveal", "mail.send"])
    func subjects(type: String) {
        for subject in ["n 1001", "ä", String(repeating: "a", count: 129)] {
            let draft: JSON = ["type": .string(type), "subject": .string(subject), "data": [:]]
            let error = #expect(throws: Refusal.self) { try complete(draft) }
            #expect(error?.pointer == "/subject" && error?.message.contains("contact's id") == true)
        }
    }

    @Test("what is about several contacts may have any subject")
    func severalContacts() throws {
        for type in ["optin.check", "mail.campaign", "vault.log"] {
            #expect(try complete(["type": .string(type), "subject": "n 1001", "data": [:]]).event.type == type)
        }
    }

    @Test("what is too long is refused before anything is published")
    func sizes() throws {
        let text = JSON.string(String(repeating: "x", count: 300_000))
        let error = #expect(throws: Refusal.self) {
            try complete(["type": "contact.created", "subject": "c-1", "data": ["x": text]])
        }
        #expect(error?.code == .tooLarge)
        #expect(try complete(["type": "optin.check", "subject": "-", "data": ["x": text]]).event.type == "optin.check")
    }

    @Test("events of the mail reader go to contacts", arguments: ["mail.received", "mail.bounced", "mail.complained"])
    func exchanges(type: String) { #expect(exchangeName(of: type) == "contacts") }
}
