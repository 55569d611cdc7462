import Synchronization

/// Sends requests and matches their replies, over direct reply-to (`amq.rabbitmq.reply-to`): no queue, nothing stored.
package final class Requester: Sendable {
    private typealias Answer = CheckedContinuation<Result<Delivery, BrokerError>, Never>

    /// Replies taken in one batch; a larger batch only holds memory.
    private static let batchLimit = 512

    /// A request under way, by correlation id. It may be cancelled or time out before its caller waits.
    private enum Entry {
        case reserved
        case waiting(Answer)
        case answered(Result<Delivery, BrokerError>)
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Requests under way that the broker has confirmed.
        var confirmed: Set<String> = []
        var failure: BrokerError?
        var lastNumber: UInt64 = 0
    }

    private let connection: Connection
    private let state = Mutex(State())
    /// Keeps replies apart from those to another requester behind the same reply queue.
    private let prefix = String(UInt64.random(in: 0 ... .max), radix: 36)

    private init(_ connection: Connection) { self.connection = connection }

    /// Opens a connection of its own.
    package static func open(_ address: BrokerAddress, name: String) async throws(BrokerError) -> Requester {
        let connection = try await Connection.open(address, name: name)
        try await connection.enableConfirms()
        // Direct reply-to needs a consumer without acknowledgements, on the channel that publishes, before the first
        // publish.
        try await connection.consume(queue: "amq.rabbitmq.reply-to", prefetch: 0, noAck: true)
        let requester = Requester(connection)
        Task { [weak requester] in await receive(from: connection) { requester } }
        return requester
    }

    deinit {
        // Closing the connection ends the receiving task, which keeps only the connection alive.
        let connection = self.connection
        Task { await connection.close() }
    }

    /// Sends a request and waits for its reply. Sets `replyTo`, and `correlationID` unless the message has one, which
    /// must be unique among requests under way.
    ///
    /// Errors: `.timedOut` (the broker has the request, and it may be carried out), `.unreachable` (not confirmed in
    /// time), `.unroutable` and `.rejected` at once, `.closed` when the task is cancelled, and the error that ended the
    /// connection.
    package func request(_ message: OutgoingMessage, timeout: Duration) async throws(BrokerError) -> Delivery {
        var message = message
        let id = message.properties.correlationID ?? nextID()
        message.properties.correlationID = id
        message.properties.replyTo = "amq.rabbitmq.reply-to"
        message.mandatory = true
        try message.validate()
        try reserve(id)
        let request = message
        let timer = Task { [weak self] in
            do { try await Task.sleep(for: timeout) } catch { return }
            self?.timeOut(id, after: timeout)
        }
        defer {
            timer.cancel()
            state.withLock { _ = $0.confirmed.remove(id) }
        }
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { answer in
                if let result = waitForReply(answer, id) { return answer.resume(returning: result) }
                Task { await send(request, id: id) }
            }
        } onCancel: {
            finish(id, .failure(BrokerError(.closed, "the request was cancelled")))
        }.get()
    }

    /// False once the connection is lost or closed.
    package var isOpen: Bool { connection.isOpen }

    /// Whether the broker has blocked publishing (`connection.blocked`), for lack of memory or disk.
    package var isBlocked: Bool { connection.isBlocked }

    /// Closes the connection; requests that wait end with `.closed`.
    package func close() async { await connection.close() }

    private func nextID() -> String {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        return "\(prefix)-\(number)"
    }

    private func reserve(_ id: String) throws(BrokerError) {
        let failure: BrokerError? = state.withLock { state in
            if let failure = state.failure { return failure }
            guard state.entries[id] == nil else { return BrokerError(.invalidMessage, "a correlation id twice") }
            state.entries[id] = .reserved
            return nil
        }
        if let failure { throw failure }
    }

    /// Stores the continuation for the answer, or returns the answer that has come already.
    private func waitForReply(_ answer: Answer, _ id: String) -> Result<Delivery, BrokerError>? {
        state.withLock { state in
            switch state.entries[id] {
            case .answered(let result):
                state.entries[id] = nil
                return result
            case .reserved:
                state.entries[id] = .waiting(answer)
                return nil
            // The connection ended in between.
            case .waiting, nil: return .failure(state.failure ?? BrokerError(.closed, "the request was dropped"))
            }
        }
    }

    private func send(_ request: OutgoingMessage, id: String) async {
        do throws(BrokerError) {
            switch try await connection.publish([request]).first {
            case .returned: finish(id, .failure(BrokerError(.unroutable, "no queue takes the request")))
            case .rejected: finish(id, .failure(BrokerError(.rejected, "the queue did not take the request")))
            case .confirmed, nil: noteConfirmed(id)
            }
        } catch {
            finish(id, .failure(error))
        }
    }

    private func noteConfirmed(_ id: String) {
        state.withLock { state in
            // The reply can be here before the confirm.
            if state.entries[id] != nil { state.confirmed.insert(id) }
        }
    }

    private func timeOut(_ id: String, after timeout: Duration) {
        let isConfirmed = state.withLock { $0.confirmed.contains(id) }
        let error =
            isConfirmed
            ? BrokerError(.timedOut, "no reply in \(timeout)")
            : BrokerError(.unreachable, "the broker did not confirm the request in \(timeout)")
        finish(id, .failure(error))
    }

    /// Answers a request once; a reply that comes after that is dropped.
    private func finish(_ id: String, _ result: Result<Delivery, BrokerError>) {
        let answer: Answer? = state.withLock { state in
            switch state.entries[id] {
            case .waiting(let answer):
                state.entries[id] = nil
                return answer
            case .reserved:
                state.entries[id] = .answered(result)
                return nil
            case .answered, nil: return nil
            }
        }
        answer?.resume(returning: result)
    }

    private static func receive(from connection: Connection, _ requester: () -> Requester?) async {
        do throws(BrokerError) {
            while true {
                for reply in try await connection.deliveries(atMost: batchLimit) {
                    guard let id = reply.properties.correlationID else { continue }
                    requester()?.finish(id, .success(reply))
                }
            }
        } catch {
            requester()?.failAll(error)
        }
    }

    private func failAll(_ error: BrokerError) {
        let (entries, confirmed) = state.withLock { state in
            state.failure = error
            defer { state.entries = [:] }
            return (state.entries, state.confirmed)
        }
        let unanswered = BrokerError(.timedOut, "the connection ended before the reply")
        for case (let id, .waiting(let answer)) in entries {
            answer.resume(returning: .failure(confirmed.contains(id) ? unanswered : error))
        }
    }
}
