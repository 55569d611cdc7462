import Synchronization

/// Deliveries between the connection's thread, which puts them in by the batch, and the one task that takes them out.
final class Inbox: Sendable {
    fileprivate typealias Answer = CheckedContinuation<Result<[Delivery], BrokerError>, Never>

    fileprivate struct State {
        var arrived: [Delivery] = []
        var waiter: (answer: Answer, limit: Int)?
        var failure: BrokerError?
    }

    private static let cancelled = BrokerError(.closed, "waiting for deliveries was cancelled")

    private let state = Mutex(State())

    /// Puts a batch in and wakes the waiter once for all of it.
    func deliver(_ batch: consuming [Delivery]) {
        let batch = batch
        let wake: (Answer, [Delivery])? = state.withLock { state in
            if state.arrived.isEmpty { state.arrived = batch } else { state.arrived.append(contentsOf: batch) }
            guard let waiter = state.waiter else { return nil }
            state.waiter = nil
            return (waiter.answer, state.take(atMost: waiter.limit))
        }
        wake?.0.resume(returning: .success(wake?.1 ?? []))
    }

    /// The connection is gone. What nobody took is dropped: it cannot be acknowledged any more and comes again.
    func fail(_ error: BrokerError) {
        let answer = state.withLock { state in
            state.failure = state.failure ?? error
            state.arrived = []
            defer { state.waiter = nil }
            return state.waiter?.answer
        }
        answer?.resume(returning: .failure(error))
    }

    func take(atMost limit: Int) async -> Result<[Delivery], BrokerError> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { answer in
                // Also while deliveries keep coming, a task that was told to stop stops.
                if Task.isCancelled { return answer.resume(returning: .failure(Self.cancelled)) }
                if let result = takeNow(orWait: answer, atMost: limit) { answer.resume(returning: result) }
                // The cancellation may have come before there was a waiter to cancel.
                if Task.isCancelled { cancelWaiter() }
            }
        } onCancel: {
            cancelWaiter()
        }
    }

    /// What is there, which may be nothing.
    func takeArrived(atMost limit: Int) -> [Delivery] { state.withLock { $0.take(atMost: limit) } }

    private func takeNow(orWait answer: Answer, atMost limit: Int) -> Result<[Delivery], BrokerError>? {
        state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            if !state.arrived.isEmpty { return .success(state.take(atMost: limit)) }
            precondition(state.waiter == nil, "one caller at a time waits for deliveries")
            state.waiter = (answer, limit)
            return nil
        }
    }

    private func cancelWaiter() {
        let answer = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter?.answer
        }
        answer?.resume(returning: .failure(Self.cancelled))
    }
}

extension Inbox.State {
    fileprivate mutating func take(atMost limit: Int) -> [Delivery] {
        guard arrived.count > limit else {
            defer { arrived = [] }
            return arrived
        }
        defer { arrived.removeFirst(limit) }
        return Array(arrived.prefix(limit))
    }
}
