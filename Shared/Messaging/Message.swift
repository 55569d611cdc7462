import Cryptography
import FoundationEssentials
public import Models
import RabbitMQ

/// Bytes of a message's body; 1 MiB where the data names several contacts (contract section 1).
public let ordinaryBodyLimit = 256 * 1024
/// Bytes of the body of a message whose data names several contacts.
public let severalContactsBodyLimit = 1024 * 1024

/// Where the reply to a request goes.
public struct ReplyAddress: Sendable, Hashable {
    /// Routing key on the default exchange.
    public let queue: String
    /// Handed back as it came.
    public let correlation: String?
}

/// An event as it arrived, with what the broker vouches for.
public struct Message: Sendable {
    /// The event.
    public let event: Event
    /// The exchange it was published to first.
    public let exchange: Exchange
    /// The account that published it, checked by the broker.
    public let account: String
    /// Where a reply goes; nil where none is asked for.
    public let replyAddress: ReplyAddress?
    /// The trace that it belongs to (W3C); what it causes carries it on.
    let traceparent: String?
    /// Of the data; strict in a request (contract section 1).
    var reader: Reader {
        get throws(Refusal) {
            exchange == .requests
                ? try Reader(strictly: event.data, at: "/data") : try Reader(event.data, at: "/data")
        }
    }
    /// As one that is answered later.
    var kept: KeptRequest {
        KeptRequest(
            id: event.id, source: event.source, type: event.type,
            replies: replyAddress.map { [.init(queue: $0.queue, correlation: $0.correlation)] } ?? [])
    }
    /// SHA-256 of the body, cut to 128 bits.
    let bodyHash: [UInt8]
    /// The header `authorization`, never kept.
    let authorization: String?
}

/// A delivery, as far as it could be read: enough to answer or to keep it in any case.
struct Incoming: Sendable {
    let delivery: Delivery
    let result: Result<Message, Refusal>
    /// Known whenever the delivery names an allowed one, so that a malformed request is answered too.
    let replyAddress: ReplyAddress?
    /// The routing key: the claimed type, for the error reply to a message that is malformed otherwise.
    var type: String { delivery.routingKey }
    /// Source and id, where they can be read.
    let identity: MessageIdentity?

    /// The trace that it belongs to, where its header has W3C's form.
    var traceparent: String? { Self.traceparent(delivery.properties) }

    /// The contact that the message is about, where one can be read.
    var contact: String? {
        if case .success(let message) = result { return ContactID(message.event.subject)?.text }
        guard case .string(let key)? = delivery.properties.headers["partitionkey"] else { return nil }
        return ContactID(key)?.text
    }
}

/// Names a message where its body says who it is from.
struct MessageIdentity: Sendable {
    let id: UUID
    let source: String
}

extension Incoming {
    /// Reads a delivery. `exchanges` says where each type that the service takes may come from, `limits` how long it
    /// may be.
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

    /// A message that the process may die of is not read: what is known of it is its headers.
    init(unread delivery: Delivery, _ refusal: Refusal) {
        self.delivery = delivery
        replyAddress = try? Self.replyAddress(delivery.properties, account: delivery.properties.userID ?? "").get()
        identity = nil
        result = .failure(refusal)
    }

    /// A message that the broker gave up: it came for one of the types that the service takes, which its body names.
    /// What its headers say of its way is not believed, since a publisher can write them.
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

    /// A message that no queue takes: no service's, and none judges it again.
    init(unrouted delivery: Delivery, _ refusal: Refusal) {
        var delivery = delivery
        delivery.exchange = LetterKeeper.unrouted
        self.delivery = delivery
        replyAddress = nil
        identity = Self.identity(of: delivery.body)
        result = .failure(refusal)
    }

    /// What another service told when it was asked, as if it had come as a message.
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

    /// Nil where there is none or where it is not of W3C's form, which is hexadecimal digits and hyphens.
    private static func traceparent(_ properties: Properties) -> String? {
        guard case .string(let text)? = properties.headers["traceparent"], text.utf8.count == 55,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2D })
        else { return nil }
        return text
    }

    /// Only direct reply-to and the account's own queues: an answer must not be steered into another's queue.
    private static func replyAddress(_ properties: Properties, account: String) -> Result<ReplyAddress?, Refusal> {
        guard let queue = properties.replyTo, !queue.isEmpty else { return .success(nil) }
        let isDirect = queue == DirectReply.name || DirectReply.isName(queue)
        guard isDirect || (!account.isEmpty && queue.hasPrefix(account + ".")) else {
            return .failure(Refusal(.malformed, "reply_to is neither direct nor a queue of this account"))
        }
        // Bytes that are no UTF-8 grow when they are read; what is over AMQP's limit then cannot be answered.
        guard queue.utf8.count <= 255, (properties.correlationID ?? "").utf8.count <= 255 else {
            return .failure(Refusal(.malformed, "reply_to or correlation_id is too long"))
        }
        // PostgreSQL, which keeps a reply until it is confirmed, has no NUL.
        guard !queue.utf8.contains(0), properties.correlationID?.utf8.contains(0) != true else {
            return .failure(Refusal(.malformed, "reply_to or correlation_id holds the character NUL"))
        }
        return .success(ReplyAddress(queue: queue, correlation: properties.correlationID))
    }
}

/// What a service expects of a type.
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

    /// A fact that a third party's queue held up comes over `internal` too.
    func mayCome(from other: Exchange) -> Bool {
        other == exchange || other == .internal && exchange == .facts
    }
}
