import Models

#if DEBUG
    import Glibc
    import Synchronization

    /// Where tests end the process, so that X5 is tried between every two steps. Not in a release build.
    ///
    /// `ASSENT_CRASH_AT=after-commit:3` ends it the third time that step is reached; `ASSENT_CRASH_ON=<message id>`
    /// whenever that message is about to be decided.
    enum CrashPoint: String {
        case beforeCommit = "before-commit"
        case afterCommit = "after-commit"
        case afterPublish = "after-publish"

        private static let wanted = variable("ASSENT_CRASH_AT")?.split(separator: ":").map(String.init)
        private static let fatalMessage = variable("ASSENT_CRASH_ON")
        private static let visits = Mutex(0)

        /// The process is here.
        static func reach(_ point: CrashPoint) {
            guard let wanted, wanted.first == point.rawValue else { return }
            let visit = visits.withLock { visits in
                visits += 1
                return visits
            }
            if String(visit) == wanted.last { kill(getpid(), SIGKILL) }
        }

        /// A message is about to be decided.
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
