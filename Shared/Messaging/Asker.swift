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

/// Questions under way at a time: more would only fill the memory while another service is away.
private let standardLimit = 1_000

/// Asks other services of the suite on the exchange `internal` and waits for the reply (direct reply-to).
public actor Asker {
    private let address: BrokerAddress
    private let name: String
    private let service: SuiteService
    private let limit: Int
    private(set) var questionsUnderWay = 0
    private var requester: Requester?
    /// Fired when the attempt to connect that is under way has ended.
    private var opening: Signal?

    /// An asker that connects when it is first needed.
    public init(_ address: BrokerAddress, name: String, service: SuiteService) {
        self.init(address, name: name, service: service, limit: standardLimit)
    }

    init(_ address: BrokerAddress, name: String, service: SuiteService, limit: Int) {
        self.address = address
        self.name = name
        self.service = service
        self.limit = limit
    }

    /// The result that the reply carries. A question is dropped once nobody waits for its answer; an order stays, so
    /// that what was recorded is carried out whenever the other service is back. Ends within `timeout`, however long
    /// the broker takes; with `.unreachable` at once where too many questions are under way.
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
        let delivery = try await request(message, within: timeout)
        // The other service has answered, in words that this one does not understand.
        guard let reply = try? Event(parsing: delivery.body) else { throw .unanswered }
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

    private func request(_ message: OutgoingMessage, within timeout: Duration) async throws(AskError) -> Delivery {
        guard questionsUnderWay < limit else { throw .unreachable }
        questionsUnderWay += 1
        defer { questionsUnderWay -= 1 }
        let deadline = ContinuousClock.now + timeout
        let requester = try await connected(within: timeout)
        do throws(BrokerError) {
            return try await requester.request(message, timeout: max(.zero, deadline - .now))
        } catch {
            if error.kind == .timedOut { throw .unanswered }
            // Not even confirmed in time: the connection may be dead, and nobody has noticed.
            if error.kind == .unreachable { discard(requester) }
            throw .unreachable
        }
    }

    private func connected(within timeout: Duration) async throws(AskError) -> Requester {
        if let requester, requester.isOpen { return requester }
        let attempt = opening ?? open()
        await race {
            await attempt.wait()
        } _: {
            try? await Task.sleep(for: timeout)
        }
        guard let requester, requester.isOpen else { throw .unreachable }
        return requester
    }

    /// Begins to connect, for all who ask meanwhile.
    private func open() -> Signal {
        let attempt = Signal()
        opening = attempt
        Task {
            // Whoever waits sees that there is no connection; the next question tries again.
            requester = try? await Requester.open(address, name: name)
            opening = nil
            attempt.fire()
        }
        return attempt
    }

    /// Closed once the questions that are under way on it have ended.
    private func discard(_ requester: Requester) {
        if self.requester === requester, !requester.isBlocked { self.requester = nil }
    }
}
