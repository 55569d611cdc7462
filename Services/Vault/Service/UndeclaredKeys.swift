import Logging
import Metrics
import Models
import Synchronization

/// Names that are logged in the life of a process: publishers can make up any number.
private let mostNamed = 200

/// Profile keys that the configuration declares neither as attribute nor as field: they are left out, counted, and
/// named in the log, each once and without its value (V7).
final class UndeclaredKeys: Sendable {
    private let log: Logger?
    private let named = Mutex<Set<String>>([])

    /// Without a log they are only counted.
    init(log: Logger? = nil) { self.log = log }

    /// A key was left out.
    func leaveOut(_ name: String) {
        Counter(label: "assent_undeclared_keys_total").increment()
        let (isNew, isLast) = named.withLock { named in
            guard named.count < mostNamed, named.insert(name).inserted else { return (false, false) }
            return (true, named.count == mostNamed)
        }
        guard isNew, let log else { return }
        log.warning("a profile key that nothing declares is left out", metadata: ["key": "\(name)"])
        if isLast { log.warning("further undeclared profile keys are only counted") }
    }
}
