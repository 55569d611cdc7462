import Dispatch
import Foundation
import Synchronization

/// The executor of one connection: a thread of its own, since libpq blocks and a connection is used by one thread
/// at a time (libpq manual, "Behavior in Threaded Programs"). The cooperative pool is never blocked.
final class DatabaseThread: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)

    /// Starts the thread; it ends after `stop`.
    static func start(name: String) -> DatabaseThread {
        let executor = DatabaseThread()
        let thread = Thread { executor.runJobs() }
        thread.name = name
        thread.start()
        return executor
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        state.withLock { $0.jobs.append(unowned) }
        available.signal()
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Lets the thread end once its jobs are done.
    func stop() {
        state.withLock { $0.isStopped = true }
        available.signal()
    }

    private func runJobs() {
        while true {
            available.wait()
            let (jobs, isStopped) = state.withLock { state in
                defer { state.jobs.removeAll(keepingCapacity: true) }
                return (state.jobs, state.isStopped)
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if isStopped && jobs.isEmpty { return }
            // Stopped with jobs: loops once more, so that jobs which these have enqueued run too.
            if isStopped { available.signal() }
        }
    }
}
