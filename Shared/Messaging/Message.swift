import Cryptography
import FoundationEssentials
package import Models
import RabbitMQ

/// The maximum body size in bytes; 1 MiB where the data names several contacts (contract section 1).
package let ordinaryBodyLimit = 256 * 1024
/// The maximum body size in bytes of a message whose data names several contacts.
package let severalContactsBodyLimit = 1024 * 1024

/// The address of a request's reply.
package struct ReplyAddress: Sendable, Hashable {
    /// The routing key on the default exchange.
    package let queue: String
    /// The `correlation_id` of the request, returned unchanged.
    package let correlation: String?
}

/// A parsed event with the properties that the broker has checked.
package struct Message: Sendable {
    package let event: Event
    /// The exchange to which it was first published.
    package let exchange: Exchange
    /// The publishing account, checked by the broker.
    package let account: String
    /// The address of the reply; nil if none is requested.
    package let replyAddress: ReplyAddress?
    /// The trace that the message belongs to (W3C). Messages that it causes continue the trace.
    let traceparent: String?
    /// A reader of the event's data; strict for a request (contract section 1).
    var reader: Reader {
        get throws(Refusal) {
            exchange == .requests
                ? try Reader(strictly: event.data, at: "/data") : try Reader(event.data, at: "/data")
        }
    }
    /// The request in the form in which the state keeps it, to be answered later.
    var kept: KeptRequest {
        KeptRequest(
            id: event.id, source: event.source, type: event.type,
            replies: replyAddress.map { [.init(queue: $0.queue, correlation: $0.correlation)] } ?? [])
    }
    /// SHA-256 of the body, cut to 128 bits.
    let bodyHash: [UInt8]
    /// The header `authorization`; never stored.
    let authorization: String?
}

/// A delivery and the result of parsing it. A malformed delivery can still be answered or stored.
struct Incoming: Sendable {
    let delivery: Delivery
    let result: Result<Message, Refusal>
    /// The reply address. It is set for a malformed request too, if the address is an allowed one.
    let replyAddress: ReplyAddress?
    /// The routing key, which a malformed message's error reply uses as its type.
    var type: String { delivery.routingKey }
    /// The source and id, if they can be read.
    let identity: MessageIdentity?

    /// The trace that the message belongs to; nil if the header does not have W3C's form.
    var traceparent: String? { Self.traceparent(delivery.properties) }

    /// The id of the contact that the message is about, if it can be read.
    var contact: String? {
        if case .success(let message) = result { return ContactID(message.event.subject)?.text }
        guard case .string(let key)? = delivery.properties.headers["partitionkey"] else { return nil }
        return ContactID(key)?.text
    }
}

/// The source and id that a message's body names.
struct MessageIdentity: Sendable {
    let id: UUID
    let source: String
}

extension Incoming {
    /// Parses a delivery.
    ///
    /// - Parameter types: the types that the service handles, with their exchanges, senders and size limits.
    init(_ delivery: Delivery, expecting types: [String: ExpectedType]) {
        self.delivery = delivery
        let account = delivery.properties.userID ?? ""
        let reply = Self.replyAddress(delivery.properties, account: account)
        replyAddress = try? reply.get()
        do throws(Refusal) {
            let replyAddress = try reply.get()
            guard let expected = types[delivery.routingKey], let exchange = Exchange(rawValue: delivery.exchange),
                expected.mayCome(from: exchange)
            else { throw Refusal(.malformed, "the type does not belong to this exchange", at: "/type") }
            guard !account.isEmpty else { throw Refusal(.malformed, "the property user_id is required") }
            guard !exchange.isSuiteOnly || SuiteService(rawValue: account) != nil else {
                throw Refusal(.malformed, "only the suite publishes here")
            }
            if let sender = expected.sender, sender.rawValue != account {
                throw Refusal(.malformed, "only the service \(sender.rawValue) publishes this", at: "/type")
            }
            guard delivery.bodyBytes <= expected.bodyLimit else {
                throw Refusal(.tooLarge, "the message is longer than \(expected.bodyLimit) bytes")
            }
            let event = try Event(parsing: delivery.body)
            guard event.type == delivery.routingKey else {
                throw Refusal(.malformed, "the type is not the routing key", at: "/type")
            }
            guard case .string(let key)? = delivery.properties.headers["partitionkey"] else {
                throw Refusal(.malformed, "the header partitionkey, with the subject as its value, is missing")
            }
            guard key == event.subject else {
                throw Refusal(.malformed, "subject is not the value of the header partitionkey", at: "/subject")
            }
            var authorization: String?
            if case .string(let header)? = delivery.properties.headers["authorization"] { authorization = header }
            identity = MessageIdentity(id: event.id, source: event.source)
            result = .success(
                Message(
                    event: event, exchange: expected.exchange, account: account, replyAddress: replyAddress,
                    traceparent: Self.traceparent(delivery.properties),
                    bodyHash: Array(Digest.sha256(delivery.body).prefix(16)), authorization: authorization))
        } catch {
            identity = Self.identity(of: delivery.body)
            result = .failure(error)
        }
    }

    /// Wraps a message that may crash the process. Its body is not parsed; only its headers are used.
    init(unread delivery: Delivery, _ refusal: Refusal) {
        self.delivery = delivery
        replyAddress = try? Self.replyAddress(delivery.properties, account: delivery.properties.userID ?? "").get()
        identity = nil
        result = .failure(refusal)
    }

    /// Wraps a message that the broker gave up. The type in its body decides for which handler it was. The headers
    /// about its route are ignored, because a publisher can forge them.
    init(givenUp delivery: Delivery, _ refusal: Refusal, expecting types: [String: ExpectedType]) {
        var delivery = delivery
        if let type = (try? JSON(parsing: delivery.body))?["type"]?.text, let expected = types[type] {
            delivery.exchange = expected.exchange.rawValue
            delivery.routingKey = type
        }
        self.delivery = delivery
        replyAddress = nil
        identity = Self.identity(of: delivery.body)
        result = .failure(refusal)
    }

    /// Wraps a message that no queue takes. It belongs to no service's handler, so it cannot be redriven.
    init(unrouted delivery: Delivery, _ refusal: Refusal) {
        var delivery = delivery
        delivery.exchange = LetterKeeper.unrouted
        self.delivery = delivery
        replyAddress = nil
        identity = Self.identity(of: delivery.body)
        result = .failure(refusal)
    }

    /// Wraps an answer of another service to a recall as if it were a message.
    init(recalled message: Message, _ delivery: Delivery) {
        self.delivery = delivery
        replyAddress = nil
        identity = MessageIdentity(id: message.event.id, source: message.event.source)
        result = .success(message)
    }

    private static func identity(of body: [UInt8]) -> MessageIdentity? {
        guard let json = try? JSON(parsing: body), let id = json["id"]?.text.flatMap({ UUID(uuidString: $0) }),
            let source = json["source"]?.text, (1...256).contains(source.utf8.count)
        else { return nil }
        return MessageIdentity(id: id, source: source)
    }

    /// The W3C trace header, which consists of hexadecimal digits and hyphens; nil if it is missing or malformed.
    private static func traceparent(_ properties: Properties) -> String? {
        guard case .string(let text)? = properties.headers["traceparent"], text.utf8.count == 55,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2D })
        else { return nil }
        return text
    }

    /// Allows only direct reply-to and the account's own queues. A request must not direct a reply into another
    /// account's queue.
    private static func replyAddress(_ properties: Properties, account: String) -> Result<ReplyAddress?, Refusal> {
        guard let queue = properties.replyTo, !queue.isEmpty else { return .success(nil) }
        let isDirect = queue == DirectReply.name || DirectReply.isName(queue)
        guard isDirect || (!account.isEmpty && queue.hasPrefix(account + ".")) else {
            return .failure(Refusal(.malformed, "reply_to is neither direct nor a queue of this account"))
        }
        // Invalid UTF-8 grows when it is decoded, and a text above AMQP's limit of 255 bytes cannot be sent back.
        guard queue.utf8.count <= 255, (properties.correlationID ?? "").utf8.count <= 255 else {
            return .failure(Refusal(.malformed, "reply_to or correlation_id is too long"))
        }
        // PostgreSQL, which stores a reply until it is confirmed, cannot store NUL.
        guard !queue.utf8.contains(0), properties.correlationID?.utf8.contains(0) != true else {
            return .failure(Refusal(.malformed, "reply_to or correlation_id holds the character NUL"))
        }
        return .success(ReplyAddress(queue: queue, correlation: properties.correlationID))
    }
}

/// The permitted exchange, sender and size of a message type.
struct ExpectedType: Sendable {
    let exchange: Exchange
    var sender: SuiteService?
    let bodyLimit: Int

    init(exchange: Exchange, sender: SuiteService? = nil, bodyLimit: Int) {
        self.exchange = exchange
        self.sender = sender
        self.bodyLimit = bodyLimit
    }

    init(_ handler: any MessageHandler.Type) {
        self.init(exchange: handler.exchange, sender: handler.sender, bodyLimit: handler.bodyLimit)
    }

    /// Whether the type may come from this exchange. Late facts come over `internal` as well.
    func mayCome(from other: Exchange) -> Bool {
        other == exchange || other == .internal && exchange == .facts
    }
}
