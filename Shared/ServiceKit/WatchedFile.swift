import Foundation
import Synchronization

/// Between two looks at a file.
private let pause = Duration.seconds(1)

/// A file of the environment that may change while the process runs. Any thread may ask.
final class WatchedFile: Sendable {
    private struct State {
        var stamp: Stamp?
        var lookedAt = ContinuousClock.now
    }

    /// Tells one state of the file from another; a symbolic link is followed.
    private struct Stamp: Equatable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    private let path: String
    private let variable: String
    private let state = Mutex(State())

    /// The file that a variable names.
    init(path: String, variable: String) {
        self.path = path
        self.variable = variable
    }

    /// Its content, less one line end.
    func read() throws(ServiceEnvironment.Mistake) -> String {
        // Before the content: what changes meanwhile is then seen as a change.
        let stamp = stamp
        state.withLock { $0 = State(stamp: stamp) }
        return try ServiceEnvironment.content(of: path, variable: variable)
    }

    /// Whether it is another one than was read. Looks once a second at most, and tells one caller only.
    func hasChanged() -> Bool {
        state.withLock { state in
            guard ContinuousClock.now - state.lookedAt >= pause else { return false }
            state.lookedAt = .now
            let stamp = stamp
            defer { state.stamp = stamp }
            return stamp != state.stamp
        }
    }

    private var stamp: Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }
}
