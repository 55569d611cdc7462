import Cryptography
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
    /// Somebody waits for the answer, so that a refusal need not be kept.
    var isRequest: Bool { exchange == .requests || exchange == .internal && replyAddress != nil }
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
    /// The claimed type and subject, for the error reply to a message that is malformed otherwise.
    let type: String
}

/// Where a delivery came from in the first place: a redrive by the operator carries the original's origin in headers.
private struct Origin {
    let exchange: String
    let routingKey: String
    let account: String

    init(_ delivery: Delivery, input: String) {
        let headers = delivery.properties.headers
        let account = delivery.properties.userID ?? ""
        guard account == "operator", delivery.exchange == input,
            case .string(let exchange)? = headers["x-original-exchange"],
            case .string(let routingKey)? = headers["x-original-routing-key"],
            case .string(let original)? = headers["x-original-user-id"]
        else {
            self.exchange = delivery.exchange
            self.routingKey = delivery.routingKey
            self.account = account
            return
        }
        self.exchange = exchange
        self.routingKey = routingKey
        self.account = original
    }
}

extension Incoming {
    /// Reads a delivery. `exchanges` says where each type that the service takes may come from, `limits` how long it
    /// may be.
    init(_ delivery: Delivery, input: String, expecting types: [String: ExpectedType]) {
        self.delivery = delivery
        let origin = Origin(delivery, input: input)
        type = origin.routingKey
        let reply = Self.replyAddress(delivery.properties, account: origin.account)
        replyAddress = try? reply.get()
        do throws(Refusal) {
            let replyAddress = try reply.get()
            guard let expected = types[origin.routingKey], let exchange = Exchange(rawValue: origin.exchange),
                exchange == expected.exchange
            else { throw Refusal(.malformed, "the type does not belong to this exchange", at: "/type") }
            guard !origin.account.isEmpty else { throw Refusal(.malformed, "the property user_id is required") }
            guard !exchange.isSuiteOnly || SuiteService(rawValue: origin.account) != nil else {
                throw Refusal(.malformed, "only the suite publishes here")
            }
            if let sender = expected.sender, sender.rawValue != origin.account {
                throw Refusal(.malformed, "only the service \(sender.rawValue) publishes this", at: "/type")
            }
            guard delivery.bodyBytes <= expected.bodyLimit else {
                throw Refusal(.tooLarge, "the message is longer than \(expected.bodyLimit) bytes")
            }
            let event = try Event(parsing: delivery.body)
            guard event.type == origin.routingKey else {
                throw Refusal(.malformed, "is not the routing key", at: "/type")
            }
            guard case .string(event.subject)? = delivery.properties.headers["partitionkey"] else {
                throw Refusal(.malformed, "is not the header partitionkey", at: "/subject")
            }
            var authorization: String?
            if case .string(let header)? = delivery.properties.headers["authorization"] { authorization = header }
            result = .success(
                Message(
                    event: event, exchange: exchange, account: origin.account, replyAddress: replyAddress,
                    traceparent: Self.traceparent(delivery.properties),
                    bodyHash: Array(Digest.sha256(delivery.body).prefix(16)), authorization: authorization))
        } catch {
            result = .failure(error)
        }
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
        let isDirect = queue.hasPrefix("amq.rabbitmq.reply-to.") || queue == "amq.rabbitmq.reply-to"
        guard isDirect || (!account.isEmpty && queue.hasPrefix(account + ".")) else {
            return .failure(Refusal(.malformed, "reply_to is neither direct nor a queue of this account"))
        }
        // Bytes that are no UTF-8 grow when they are read; what is over AMQP's limit then cannot be answered.
        guard queue.utf8.count <= 255, (properties.correlationID ?? "").utf8.count <= 255 else {
            return .failure(Refusal(.malformed, "reply_to or correlation_id is too long"))
        }
        return .success(ReplyAddress(queue: queue, correlation: properties.correlationID))
    }
}

/// What a service expects of a type.
struct ExpectedType: Sendable {
    let exchange: Exchange
    var sender: SuiteService?
    let bodyLimit: Int
}
