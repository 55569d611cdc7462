import Cryptography
package import FoundationEssentials
package import Models
package import RabbitMQ

/// The reason why a question has no result.
package enum AskError: Error, Sendable, Equatable {
    /// The other service refused the question.
    case refused(Refusal)
    /// The broker accepted the message, but no reply came before the timeout. The other service may still carry it out.
    case unanswered
    /// The broker did not accept the message, so nothing is carried out.
    case unreachable
}

/// Concurrent questions at most. More would only fill the memory while another service is down.
private let standardLimit = 1_000

/// Sends questions to other services on the exchange `internal` and waits for the direct replies.
package actor Asker {
    private let address: BrokerAddress
    private let name: String
    private let service: SuiteService
    private let limit: Int
    private(set) var questionsUnderWay = 0
    private var requester: Requester?
    /// Fired when the current attempt to connect has ended.
    private var opening: Signal?

    /// Creates an asker that connects on first use.
    package init(_ address: BrokerAddress, name: String, service: SuiteService) {
        self.init(address, name: name, service: service, limit: standardLimit)
    }

    init(_ address: BrokerAddress, name: String, service: SuiteService, limit: Int) {
        self.address = address
        self.name = name
        self.service = service
        self.limit = limit
    }

    /// Sends a question or an order and returns the data of the reply.
    ///
    /// The broker drops an undelivered question a second after its timeout. An order (`isOrder`) does not expire: the
    /// other service carries it out even after an outage. Returns or throws within `timeout`, however slow the broker
    /// is. Throws `.unreachable` at once if too many questions are under way.
    package func ask(
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
        // The reply cannot be parsed, so the result is unknown.
        guard let reply = try? Event(parsing: delivery.body) else { throw .unanswered }
        if reply.data["status"]?.text != "error" { return reply.data }
        let error = reply.data["error"]
        throw .refused(
            Refusal(
                error?["code"]?.text.flatMap(Refusal.Code.init(rawValue:)) ?? .failed,
                error?["message"]?.text ?? "refused without a reason", at: error?["pointer"]?.text))
    }

    /// Closes the connection.
    package func close() async {
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
            // The broker did not confirm in time, so the connection may be dead without having reported it.
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

    /// Starts an attempt to connect, shared by all callers that need the connection meanwhile.
    private func open() -> Signal {
        let attempt = Signal()
        opening = attempt
        Task {
            // If the attempt fails, `requester` is nil and the waiting callers throw; the next question tries again.
            requester = try? await Requester.open(address, name: name)
            opening = nil
            attempt.fire()
        }
        return attempt
    }

    /// Drops the reference to the connection, which closes when the last question on it has ended.
    private func discard(_ requester: Requester) {
        if self.requester === requester, !requester.isBlocked { self.requester = nil }
    }
}
