import Models
import RabbitMQ

/// A message that cannot be accepted, on its way to `<service>.dead` (contract section 1).
struct DeadLetter: Sendable {
    let delivery: Delivery
    let refusal: Refusal

    init(_ delivery: Delivery, _ refusal: Refusal) {
        self.delivery = delivery
        self.refusal = refusal
    }

    /// The message with why it is here and where it came from; a token never, a body that may hold a sensitive value in
    /// the clear neither. A redriven message keeps the origin of its first way.
    func outgoing(from service: SuiteService) -> OutgoingMessage {
        var properties = delivery.properties
        var headers = properties.headers.filter { name, value in
            name.lowercased() != "authorization" && value != .other && !name.hasPrefix("x-")
        }
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
        return OutgoingMessage(
            exchange: "", routingKey: service.rawValue + ".dead", properties: properties,
            body: refusal.dropsBody ? [] : delivery.body, mandatory: true)
    }
}
