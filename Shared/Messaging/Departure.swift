import Cryptography
import FoundationEssentials
public import Models
public import RabbitMQ

/// A row of the outbox: a message that leaves because something was committed.
struct OutboxRow: Sendable {
    let number: Int64
    let messageID: UUID
    /// Empty: the default exchange.
    let exchange: String
    let routingKey: String
    let subject: String
    let correlation: String?
    /// Of the message that caused it (W3C).
    let traceparent: String?
    /// Waits out the leases (X3).
    let isHeld: Bool
    let body: [UInt8]

    var isFact: Bool { exchange == Exchange.facts.rawValue }

    func outgoing(from service: SuiteService) -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange, routingKey: routingKey,
            properties: properties(
                id: messageID.text, account: service.rawValue, correlation: correlation, subject: subject,
                traceparent: traceparent),
            body: body, mandatory: exchange == Exchange.internal.rawValue)
    }
}

/// What leaves after a commit, in the order of the messages that caused it.
enum Departure: Sendable {
    case row(OutboxRow)
    /// Not stored: an error reply to what took no effect.
    case direct(OutgoingMessage)
    /// Not stored: carries what must not be, or reads more than the state. `expires`: it leaves within a lease of its
    /// commit or not at all, so that a withdrawal can be acknowledged (X3).
    case computed(ReplyTarget, expires: Bool, @Sendable () async throws -> JSON)

    /// The outbox row of a fact.
    var fact: OutboxRow? {
        guard case .row(let row) = self, row.isFact else { return nil }
        return row
    }

    var isRow: Bool {
        guard case .row = self else { return false }
        return true
    }
}

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

extension OutgoingMessage {
    /// An event of a service's own, beside its batches: on `internal` somebody must be bound, to the facts nobody need.
    public init(_ event: Event, on exchange: Exchange, by service: SuiteService) {
        self.init(
            exchange: exchange.rawValue, routingKey: event.type,
            properties: Messaging.properties(
                id: event.id.text, account: service.rawValue, correlation: nil, subject: event.subject),
            body: event.bytes, mandatory: exchange == .internal)
    }
}

func newID(at time: Timestamp) -> UUID { .timeOrdered(at: time, random: Random.bytes(10)) }

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

func properties(
    id: String, account: String, correlation: String?, subject: String, traceparent: String? = nil
) -> Properties {
    var headers: [String: HeaderValue] = ["partitionkey": .string(subject)]
    if let traceparent { headers["traceparent"] = .string(traceparent) }
    return Properties(
        contentType: Event.contentType, deliveryMode: 2, messageID: id, userID: account, correlationID: correlation,
        headers: headers)
}
