import Cryptography
public import FoundationEssentials
public import Models
public import RabbitMQ

/// Why a question has no result.
public enum AskError: Error, Sendable, Equatable {
    /// The other service said no.
    case refused(Refusal)
    /// The broker has the message and no reply came in time: it is being carried out.
    case unanswered
    /// The broker did not take the message: nothing is recorded.
    case unreachable
}

/// Asks other services of the suite on the exchange `internal` and waits for the reply (direct reply-to).
public actor Asker {
    private let address: BrokerAddress
    private let name: String
    private let service: SuiteService
    private var requester: Requester?
    private var opening: Task<Requester, any Error>?

    /// An asker that connects when it is first needed.
    public init(_ address: BrokerAddress, name: String, service: SuiteService) {
        self.address = address
        self.name = name
        self.service = service
    }

    /// The result that the reply carries. A question is dropped once nobody waits for its answer; an order stays, so
    /// that what was recorded is carried out whenever the other service is back.
    public func ask(
        _ type: String, subject: String, _ data: JSON, timeout: Duration, id: UUID? = nil, isOrder: Bool = false
    ) async throws(AskError) -> JSON {
        let now = Timestamp.now
        let event = Event(
            id: id ?? newID(at: now), source: service.source, type: type, subject: subject, time: now, data: data)
        var properties = properties(id: event.id.text, account: service.rawValue, correlation: nil, subject: subject)
        if !isOrder { properties.expiration = String(timeout.components.seconds * 1000 + 1000) }
        let message = OutgoingMessage(
            exchange: Exchange.internal.rawValue, routingKey: type, properties: properties, body: event.bytes,
            mandatory: true)
        let reply: Event
        do {
            let delivery = try await current().request(message, timeout: timeout)
            reply = try Event(parsing: delivery.body)
        } catch let error as BrokerError where error.kind == .timedOut {
            throw .unanswered
        } catch {
            throw .unreachable
        }
        if reply.data["status"]?.text != "error" { return reply.data }
        let error = reply.data["error"]
        throw .refused(
            Refusal(
                error?["code"]?.text.flatMap(Refusal.Code.init(rawValue:)) ?? .failed,
                error?["message"]?.text ?? "refused without a reason", at: error?["pointer"]?.text))
    }

    /// Closes the connection.
    public func close() async {
        await requester?.close()
        requester = nil
    }

    private func current() async throws -> Requester {
        if let requester, requester.isOpen { return requester }
        if let opening { return try await opening.value }
        let task = Task { [address, name] in try await Requester.open(address, name: name) }
        opening = task
        defer { opening = nil }
        let opened = try await task.value
        requester = opened
        return opened
    }
}
