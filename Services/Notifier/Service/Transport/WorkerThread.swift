import Dispatch
import Foundation
import Synchronization

/// A thread for what blocks, so that the cooperative pool never does: libcurl's calls wait for the network.
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

    /// Runs `body` on the thread, after what was given to it before.
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

/// Waits on a thread of ours for what runs in the cooperative pool; never to be called from within that pool.
func waitOnThisThread<Value: Sendable>(for body: @escaping @Sendable () async -> Value) -> Value? {
    let done = DispatchSemaphore(value: 0)
    let box = ResultBox<Value>()
    Task.detached {
        let value = await body()
        box.value.withLock { $0 = value }
        done.signal()
    }
    done.wait()
    return box.value.withLock { $0 }
}

private final class ResultBox<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
