import Synchronization

/// The time between two checks of a file.
private let pause = Duration.seconds(1)

/// A small file of the environment that may change while the process runs. Thread-safe.
final class WatchedFile: Sendable {
    private struct State {
        /// Nil: it could not be read.
        var content: String?
        var lookedAt = ContinuousClock.now
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
        let content = Result { () throws(ServiceEnvironment.Mistake) in
            try ServiceEnvironment.content(of: path, variable: variable)
        }
        state.withLock { $0 = State(content: try? content.get()) }
        return try content.get()
    }

    /// Whether the content has changed since it was read. Checks once a second at most, and tells one caller only.
    func hasChanged() -> Bool {
        state.withLock { state in
            guard ContinuousClock.now - state.lookedAt >= pause else { return false }
            state.lookedAt = .now
            let content = try? ServiceEnvironment.content(of: path, variable: variable)
            defer { state.content = content }
            return content != state.content
        }
    }
}
