import FoundationEssentials
import Models
import RabbitMQ

/// An event to publish: missing members are filled in, all others stay as written.
struct CompleteEvent {
    let event: Event
    private let body: [UInt8]

    /// Fills in `specversion`, `id`, `source`, `time` and `datacontenttype`. `random`: 10 bytes for a new id.
    ///
    /// If the id is of version 7 (RFC 9562), its creation time becomes the event's time. So an event that is sent again
    /// under the same id has the same bytes, and causes no `conflict`.
    init(_ draft: JSON, account: String, now: Timestamp, random: [UInt8]) throws(Refusal) {
        guard case .object(let written) = draft else { throw Refusal(.malformed, "must be an object") }
        let newID = UUID.timeOrdered(at: now, random: random)
        let id = draft["id"]?.text.flatMap { UUID(uuidString: $0) } ?? newID
        let standard = [
            JSON.Member("specversion", "1.0"),
            JSON.Member("id", .string(newID.text)),
            JSON.Member("source", .string("/" + account)),
            JSON.Member("time", .string((id.madeAt ?? now).rfc3339)),
            JSON.Member("datacontenttype", "application/json"),
        ]
        let complete = JSON.object(standard.filter { draft[$0.name] == nil } + written)
        event = try Event(complete)
        body = complete.bytes
        let isAboutOne = typesAboutOneContact.contains(event.type)
        guard !isAboutOne || ContactID(event.subject) != nil else {
            throw Refusal(.malformed, "must be a contact's id: 1 to 128 of A-Z a-z 0-9 . _ : -", at: "/subject")
        }
        let limit = isAboutOne ? 256 * 1024 : 1024 * 1024
        guard body.count <= limit else {
            throw Refusal(.tooLarge, "the message has \(body.count) bytes, and may have \(limit)")
        }
    }

    /// The message (contract section 1) of the publishing account.
    func message(account: String, token: String?, exchange: String? = nil) -> OutgoingMessage {
        var headers: [String: HeaderValue] = ["partitionkey": .string(event.subject)]
        if let token { headers["authorization"] = .string("Bearer " + token) }
        return OutgoingMessage(
            exchange: exchange ?? exchangeName(of: event.type), routingKey: event.type,
            properties: Properties(
                contentType: Event.contentType, deliveryMode: 2, messageID: event.id.text, userID: account,
                headers: headers),
            body: body, mandatory: true)
    }
}

/// The types whose subject is the contact (contract sections 2 and 3). The service validates the subjects of other
/// types.
private let typesAboutOneContact: Set<String> = [
    "contact.created", "contact.updated", "contact.deleted", "webform.submitted", "mail.received",
    "engagement.recorded", "consent.show", "consent.record", "consent.resume", "consent.link", "consent.history",
    "optin.show", "optin.set", "optin.subscribe", "optin.leave", "vault.store", "vault.read", "vault.reveal",
    "erasure.request", "erasure.preview", "erasure.hold", "erasure.release", "mail.send",
]

/// The exchange of a type: events about contacts go to `contacts`, requests go to `requests`.
func exchangeName(of type: String) -> String {
    let isAboutContacts =
        ["mail.received", "mail.bounced", "mail.complained"].contains(type)
        || ["contact.", "webform.", "engagement."].contains { type.hasPrefix($0) }
    return isAboutContacts ? "contacts" : "requests"
}

extension UUID {
    /// The creation time of an id of version 7, to the millisecond; nil for other versions.
    var madeAt: Timestamp? {
        let bytes = self.bytes
        guard bytes[6] >> 4 == 7 else { return nil }
        let milliseconds = bytes[..<6].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return Timestamp(microseconds: milliseconds * 1000)
    }
}
