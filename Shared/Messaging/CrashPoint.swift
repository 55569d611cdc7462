import Models

#if DEBUG
    import Glibc
    import Synchronization

    /// The points at which tests kill the process, to check X5 after a crash between any two steps. Not in a release
    /// build.
    ///
    /// `ASSENT_CRASH_AT=after-commit:3` kills the process the third time it reaches that point.
    /// `ASSENT_CRASH_ON=<message id>` kills it each time it is about to decide that message.
    enum CrashPoint: String {
        case beforeCommit = "before-commit"
        case afterCommit = "after-commit"
        case afterPublish = "after-publish"

        private static let wanted = variable("ASSENT_CRASH_AT")?.split(separator: ":").map(String.init)
        private static let fatalMessage = variable("ASSENT_CRASH_ON")
        private static let visits = Mutex(0)

        /// Kills the process if it has reached `point` for the configured time.
        static func reach(_ point: CrashPoint) {
            guard let wanted, wanted.first == point.rawValue else { return }
            let visit = visits.withLock { visits in
                visits += 1
                return visits
            }
            if String(visit) == wanted.last { kill(getpid(), SIGKILL) }
        }

        /// Kills the process if `event` is the configured message.
        static func decide(_ event: Event) {
            if let fatalMessage, event.id.text == fatalMessage { kill(getpid(), SIGKILL) }
        }

        private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    }
#else
    enum CrashPoint {
        case beforeCommit, afterCommit, afterPublish

        @inline(__always) static func reach(_ point: CrashPoint) {}
        @inline(__always) static func decide(_ event: Event) {}
    }
#endif
