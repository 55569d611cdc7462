import Synchronization

/// A queue of deliveries: the connection's thread adds them in batches, and one task takes them out.
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

    /// Ends the inbox with its connection. Deliveries that were not taken are dropped: they can no longer be
    /// acknowledged, and the broker redelivers them.
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
                // A cancelled task stops even while deliveries keep coming.
                if Task.isCancelled { return answer.resume(returning: .failure(Self.cancelled)) }
                if let result = takeNow(orWait: answer, atMost: limit) { answer.resume(returning: result) }
                // The cancellation may have come before there was a waiter to cancel.
                if Task.isCancelled { cancelWaiter() }
            }
        } onCancel: {
            cancelWaiter()
        }
    }

    /// The deliveries that have arrived; none where none has.
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
