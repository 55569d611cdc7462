import Keys
import Synchronization

/// Shows a rotation's progress on standard error: at a terminal one line that is rewritten, else a line now and then.
final class RotationProgress: Sendable {
    /// Minimum time between two updates at a terminal, and elsewhere.
    private static let shortest = Duration.milliseconds(200), longest = Duration.seconds(10)

    private struct State {
        var startedAt: ContinuousClock.Instant?
        var shownAt: ContinuousClock.Instant?
        var isLineOpen = false
        var removable: [Int] = []
    }

    private let state = Mutex(State())

    /// The versions that no row uses, as text; nil if there are none.
    var removable: String? {
        let versions = state.withLock { $0.removable }
        return versions.isEmpty ? nil : Self.named(versions)
    }

    /// `version 1`, `versions 1, 2`.
    static func named(_ versions: [Int]) -> String {
        "version\(versions.count == 1 ? "" : "s") " + versions.map(String.init).joined(separator: ", ")
    }

    /// Shows a step; frequent steps are throttled.
    func show(_ step: KeyRotation.Step) {
        switch step {
        case .added(let version): line("version \(version) is in the key file")
        case .waiting(let count, let version):
            passing(
                "waiting for \(count) instance\(count == 1 ? "" : "s") of the vault to read the key file "
                    + "(version \(version))")
        case .current(let version):
            line("version \(version) wraps what is new")
            state.withLock { $0.startedAt = .now }
        case .rewrapped(let done, let total):
            passing(Self.rate(done, of: total, in: elapsed), isLast: done == total)
        case .retired(let versions): state.withLock { $0.removable = versions }
        }
    }

    /// Ends the line that is rewritten.
    func end() {
        if state.withLock({ state in
            defer { state.isLineOpen = false }
            return state.isLineOpen
        }) {
            Terminal.write("")
        }
    }

    private var elapsed: Duration { state.withLock { $0.startedAt.map { .now - $0 } ?? .zero } }

    /// `wrapped 5000 of 20000 contacts (25%), 4000/s, 4 s left`.
    static func rate(_ done: Int, of total: Int, in elapsed: Duration) -> String {
        var text = "wrapped \(done) of \(total) contacts"
        if total > 0 { text += " (\(done * 100 / total)%)" }
        let seconds = elapsed / .seconds(1)
        guard done > 0, seconds > 0 else { return text }
        let perSecond = Double(done) / seconds
        text += ", \(Int(perSecond))/s"
        if done < total { text += ", \(Int((Double(total - done) / perSecond).rounded(.up))) s left" }
        return text
    }

    private func line(_ text: String) {
        end()
        Terminal.write(text)
    }

    private func passing(_ text: String, isLast: Bool = false) {
        let isTerminal = Terminal.isInteractive
        let isDue = state.withLock { state in
            let interval = isTerminal ? Self.shortest : Self.longest
            guard isLast || state.shownAt.map({ .now - $0 >= interval }) ?? true else { return false }
            state.shownAt = .now
            state.isLineOpen = isTerminal
            return true
        }
        guard isDue else { return }
        if isTerminal { Terminal.rewriteLine(text) } else { Terminal.write(text) }
    }
}
