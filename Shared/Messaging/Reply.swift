import FoundationEssentials
import Models
import RabbitMQ

/// A request, as far as its reply needs it.
struct ReplyTarget: Sendable {
    let type: String
    let subject: String
    let address: ReplyAddress

    init(_ event: Event, _ address: ReplyAddress) {
        type = event.type
        subject = event.subject
        self.address = address
    }

    init(type: String, subject: String, address: ReplyAddress) {
        self.type = type
        self.subject = subject
        self.address = address
    }
}

/// `{"status":"ok", …result}`; a result that has a `status` of its own (`optin.show`, `optin.set`) says that one, so
/// that the object names no member twice. Only a refusal says `error`.
func okData(_ result: JSON) -> JSON {
    result["status"] == nil ? .object([JSON.Member("status", "ok")] + (result.members ?? [])) : result
}

func errorData(_ refusal: Refusal) -> JSON { ["status": "error", "error": refusal.json] }

/// A reply's body; a result that is too large for a message says so instead (contract section 1): the broker refuses
/// what is larger, and the same reply would be sent for ever.
func replyBody(
    to target: ReplyTarget, _ data: JSON, from service: SuiteService, id: UUID, at time: Timestamp
) -> [UInt8] {
    func body(_ data: JSON) -> [UInt8] {
        Event(
            id: id, source: service.source, type: target.type + ".reply", subject: target.subject, time: time,
            data: data
        ).bytes
    }
    let whole = body(data)
    guard whole.count > ReplySize.limit else { return whole }
    return body(errorData(.replyTooLarge("ask for less, by `fields`, `limit` or fewer contacts")))
}

func replyMessage(
    to target: ReplyTarget, _ data: JSON, from service: SuiteService, id: UUID, at time: Timestamp
) -> OutgoingMessage {
    OutgoingMessage(
        exchange: "", routingKey: target.address.queue,
        properties: properties(
            id: id.text, account: service.rawValue, correlation: target.address.correlation, subject: target.subject),
        body: replyBody(to: target, data, from: service, id: id, at: time), mandatory: false)
}

/// The reply to what could not be accepted: its subject is the message's where that could be read, else `-`.
func errorReply(
    to incoming: Incoming, _ address: ReplyAddress, _ refusal: Refusal, from service: SuiteService, id: UUID,
    at time: Timestamp
) -> OutgoingMessage {
    let target = ReplyTarget(type: incoming.type, subject: incoming.contact ?? "-", address: address)
    return replyMessage(to: target, errorData(refusal), from: service, id: id, at: time)
}
