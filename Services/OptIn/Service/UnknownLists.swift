import Logging
import Metrics
import Synchronization

/// Names of lists that forms ask for and the configuration does not know: left out, counted, and each logged once
/// (contract section 2). Anybody may send a form, so only so many names are logged, and only what looks like one.
final class UnknownLists: Sendable {
    private static let mostNames = 100
    private static let longestName = 64
    private let counter = Counter(label: "assent_unknown_lists_total")
    private let logged = Mutex<Set<String>>([])
    private let log: Logger

    init(log: Logger) { self.log = log }

    func leaveOut(_ names: [String]) {
        counter.increment(by: names.count)
        for name in names.map(Self.loggable) {
            let isNew = logged.withLock { $0.count < Self.mostNames && $0.insert(name).inserted }
            guard isNew else { continue }
            log.warning("a form names a list that the configuration does not know", metadata: ["list": "\(name)"])
        }
    }

    private static func loggable(_ name: String) -> String {
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        return isName && name.utf8.count <= longestName ? name : "(not a name)"
    }
}
