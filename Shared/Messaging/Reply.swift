import FoundationEssentials
import Models
import RabbitMQ

/// The parts of a request that its reply needs.
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

/// Adds `"status":"ok"` to a result, unless it has a `status` of its own (`optin.show`, `optin.set`). Only a refusal
/// has the status `error`.
func okData(_ result: JSON) -> JSON {
    result["status"] == nil ? .object([JSON.Member("status", "ok")] + (result.members ?? [])) : result
}

func errorData(_ refusal: Refusal) -> JSON { ["status": "error", "error": refusal.json] }

/// Returns a reply's body. If the result is too large for a message, the body is an error that says so
/// (contract section 1), because the broker would refuse the message each time it is sent.
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

/// Returns the reply to a message that could not be parsed. Its subject is the contact if one can be read, else `-`.
func errorReply(
    to incoming: Incoming, _ address: ReplyAddress, _ refusal: Refusal, from service: SuiteService, id: UUID,
    at time: Timestamp
) -> OutgoingMessage {
    let target = ReplyTarget(type: incoming.type, subject: incoming.contact ?? "-", address: address)
    return replyMessage(to: target, errorData(refusal), from: service, id: id, at: time)
}
