import CRabbitMQ

/// Puts a message together from its frames: a method, a header, bodies. Copies each at once.
struct ContentAssembler {
    enum Content {
        case delivery(Delivery)
        case got(Delivery)
        case returned(Delivery)
    }

    private enum Origin { case delivery, get, `return` }

    /// No broker sends more in one message; a larger number is a broken stream.
    private static let bodyLimit: UInt64 = 512 * 1024 * 1024

    private var decoder = Decoder()
    private var origin: Origin?
    private var pending = Delivery(
        tag: 0, exchange: "", routingKey: "", isRedelivered: false, properties: Properties(), body: [])
    private var missingBytes = 0
    private var isKept = true
    /// The longest body of a delivery that is kept; a longer one is skipped.
    var deliveryBodyLimit = Int.max

    /// Whether the next frame begins a message.
    var isIdle: Bool { origin == nil }

    /// Whether the method begins a message.
    mutating func begin(_ method: amqp_method_t) throws(BrokerError) -> Bool {
        guard let decoded = method.decoded else { return false }
        switch crabbitmq_method(rawValue: method.id) {
        case crabbitmq_basic_deliver:
            let deliver = decoded.assumingMemoryBound(to: amqp_basic_deliver_t.self).pointee
            begin(.delivery, deliver.delivery_tag, deliver.redelivered, deliver.exchange, deliver.routing_key)
        case crabbitmq_basic_get_ok:
            let got = decoded.assumingMemoryBound(to: amqp_basic_get_ok_t.self).pointee
            begin(.get, got.delivery_tag, got.redelivered, got.exchange, got.routing_key)
        case crabbitmq_basic_return:
            let returned = decoded.assumingMemoryBound(to: amqp_basic_return_t.self).pointee
            begin(.return, 0, 0, returned.exchange, returned.routing_key)
        default: return false
        }
        return true
    }

    private mutating func begin(
        _ origin: Origin, _ tag: UInt64, _ redelivered: amqp_boolean_t, _ exchange: amqp_bytes_t,
        _ routingKey: amqp_bytes_t
    ) {
        self.origin = origin
        pending = Delivery(
            tag: tag, exchange: decoder.repeatedText(exchange), routingKey: decoder.repeatedText(routingKey),
            isRedelivered: redelivered != 0, properties: Properties(), body: [])
    }

    /// The message's header; with an empty body the message is whole.
    mutating func header(_ frame: amqp_frame_t) throws(BrokerError) -> Content? {
        let header = frame.payload.properties
        guard origin != nil, let decoded = header.decoded, header.body_size <= Self.bodyLimit else {
            throw BrokerError(.lost, "a header without its method")
        }
        pending.properties = decoder.properties(
            decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee)
        missingBytes = Int(header.body_size)
        pending.bodyBytes = missingBytes
        isKept = origin != .delivery || missingBytes <= deliveryBodyLimit
        return missingBytes == 0 ? complete() : nil
    }

    /// A part of the body; with the last one the message is whole.
    mutating func body(_ fragment: amqp_bytes_t) throws(BrokerError) -> Content? {
        guard origin != nil, fragment.len <= missingBytes else { throw BrokerError(.lost, "a body without its header") }
        if isKept {
            if pending.body.isEmpty { pending.body.reserveCapacity(missingBytes) }
            pending.body.append(contentsOf: UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len))
        }
        missingBytes -= fragment.len
        return missingBytes == 0 ? complete() : nil
    }

    private mutating func complete() -> Content? {
        defer {
            origin = nil
            pending.body = []
        }
        switch origin {
        case .delivery:
            pending.receivedAt = .now
            return .delivery(pending)
        case .get: return .got(pending)
        case .return: return .returned(pending)
        case nil: return nil
        }
    }
}
