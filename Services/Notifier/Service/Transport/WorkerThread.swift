import Dispatch
import Foundation
import Synchronization

/// A thread for blocking calls such as libcurl's, which must not block Swift's cooperative thread pool.
final class WorkerThread: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)

    /// Starts the thread; it ends after `stop`.
    static func start(name: String) -> WorkerThread {
        let worker = WorkerThread()
        let thread = Thread { worker.runJobs() }
        thread.name = name
        thread.start()
        return worker
    }

    /// Runs `body` on the thread, after all earlier jobs.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            state.withLock { $0.jobs.append { continuation.resume(returning: body()) } }
            available.signal()
        }
    }

    /// Lets the thread end once its jobs are done.
    func stop() {
        state.withLock { $0.isStopped = true }
        available.signal()
    }

    private func runJobs() {
        while true {
            available.wait()
            let (job, isStopped) = state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isStopped)
            }
            job?()
            if isStopped, job == nil { return }
        }
    }
}

/// A value for which a thread waits; another thread or a task sets it once.
final class Awaited<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isGiven = DispatchSemaphore(value: 0)

    /// Sets the value and wakes the waiting thread.
    func give(_ given: Value) {
        value.withLock { $0 = given }
        isGiven.signal()
    }

    /// Blocks until the value is set; must not be called in the cooperative thread pool.
    func wait() -> Value {
        while true {
            isGiven.wait()
            if let given = value.withLock({ $0 }) { return given }
        }
    }
}

/// Blocks a thread until a task in the cooperative thread pool has finished; must not be called in that pool.
func waitOnThisThread<Value: Sendable>(for body: @escaping @Sendable () async -> Value) -> Value {
    let awaited = Awaited<Value>()
    Task.detached { awaited.give(await body()) }
    return awaited.wait()
}
