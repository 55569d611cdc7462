import FoundationEssentials

/// Detects dead instances among those that hold claims. A live instance may hold the mail server's answer and be unable
/// to write it, for as long as the database is unavailable; its mails must not be sent again (N3).
///
/// Counts checks instead of comparing clocks. An instance writes a heartbeat to the database every 2 s. If the
/// heartbeat has not changed between checks, the broker is asked too, and the instance counts as dead if neither has
/// seen it for `patience` checks. After a failed check the count starts anew.
struct SignsOfLife: Sendable {
    /// Consecutive checks without a new heartbeat after which an instance counts as dead.
    static let patience = 4
    /// Checks without a new heartbeat after which the broker is asked.
    private static let doubt = 2

    private struct Seen {
        var sign: Int64?
        var silentLooks = 0
    }

    private var seen: [UUID: Seen] = [:]

    /// Takes the heartbeats of all instances that hold claims; returns those to ask the broker about.
    mutating func look(at signs: [UUID: Int64?]) -> [UUID] {
        seen = signs.reduce(into: [:]) { now, one in
            if let before = seen[one.key], before.sign == one.value {
                now[one.key] = Seen(sign: one.value, silentLooks: before.silentLooks + 1)
            } else {
                now[one.key] = Seen(sign: one.value)
            }
        }
        return seen.filter { $0.value.silentLooks >= Self.doubt }.keys.sorted { $0.uuidString < $1.uuidString }
    }

    /// Resets the count of an instance that is connected to the broker, or if the broker could not be reached.
    mutating func noteConnected(_ instance: UUID) { seen[instance]?.silentLooks = 0 }

    /// Starts anew after a failed check.
    mutating func forget() { seen = [:] }

    /// Instances that count as dead.
    var gone: [UUID] {
        seen.filter { $0.value.silentLooks >= Self.patience }.keys.sorted { $0.uuidString < $1.uuidString }
    }
}
