import Models
import RabbitMQ

/// Bytes of the headers that a dead letter keeps beside its own; a sender's own headers are some hundreds.
private let headersLimit = 32_768
/// The requests that carry values: `vault.store` sealed ones, of which a mistaken sender may have left one in the clear
/// (X4), `vault.find` what somebody looks for, which is the end of a number or a name.
private let typesWithValues: Set<String> = ["vault.store", "vault.find"]

/// A message that cannot be accepted, on its way to `<service>.dead` (contract section 1).
struct DeadLetter: Sendable {
    let delivery: Delivery
    let refusal: Refusal

    init(_ delivery: Delivery, _ refusal: Refusal) {
        self.delivery = delivery
        self.refusal = refusal
    }

    /// The message with why it is here and where it came from; a token never, a body that may hold a sensitive value in
    /// the clear neither (contract section 2). A redriven message keeps the origin of its first way.
    func outgoing(from service: SuiteService, sensitive: SensitiveNames) -> OutgoingMessage {
        var properties = delivery.properties
        var headers = properties.headers.filter { name, value in
            name.lowercased() != "authorization" && value != .other && !name.hasPrefix("x-")
        }
        if size(of: headers) > headersLimit { headers = [:] }
        headers["x-error-code"] = .string(refusal.code.rawValue)
        headers["x-error-message"] = .string(refusal.message)
        let isRedriven = properties.userID == "operator" && delivery.exchange == service.rawValue + ".in"
        let origin: [String: String] = [
            "x-original-exchange": delivery.exchange, "x-original-routing-key": delivery.routingKey,
            "x-original-user-id": properties.userID ?? "",
        ]
        for (name, value) in origin {
            headers[name] = isRedriven ? delivery.properties.headers[name] ?? .string(value) : .string(value)
        }
        properties.headers = headers
        properties.userID = service.rawValue
        properties.deliveryMode = 2
        properties.expiration = nil
        for name in [\Properties.contentType, \.messageID, \.correlationID, \.replyTo, \.type] as [WritableKeyPath]
        where (properties[keyPath: name] ?? "").utf8.count > 255 { properties[keyPath: name] = nil }
        let isKept = !refusal.dropsBody && !holdsSensitiveValue(sensitive)
        return OutgoingMessage(
            exchange: "", routingKey: service.rawValue + ".dead", properties: properties,
            body: isKept ? delivery.body : [], mandatory: true)
    }

    /// A request with values, whatever is wrong with it, or a profile that names a sensitive field; in a body that
    /// cannot be read the name alone is reason enough.
    private func holdsSensitiveValue(_ sensitive: SensitiveNames) -> Bool {
        if typesWithValues.contains(delivery.routingKey) { return true }
        guard let json = try? JSON(parsing: delivery.body) else {
            return sensitive.stand(inQuotesOf: String(decoding: delivery.body, as: UTF8.self))
        }
        return json["data"]?["profile"]?.members?.contains { sensitive.contains($0.name) } ?? false
    }

    private func size(of headers: [String: HeaderValue]) -> Int {
        headers.reduce(0) { size, header in
            guard case .string(let text) = header.value else { return size + header.key.utf8.count + 16 }
            return size + header.key.utf8.count + text.utf8.count + 16
        }
    }
}
