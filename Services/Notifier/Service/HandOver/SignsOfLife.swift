import FoundationEssentials

/// Tells which of the instances that hold claims are no more. An instance that lives may hold the mail server's answer
/// and be unable to write it down, however long the database is away; its mails must not be sent again (N3).
///
/// Counts looks and compares no clocks. An instance gives a sign in the database every 2 s; one whose sign did not
/// change between looks is asked for at the broker as well, and is taken for gone when neither has seen it for so long.
/// A look that fails shows nothing of anybody: then the count begins anew.
struct SignsOfLife: Sendable {
    /// Looks in a row at which an instance gave no sign, after the one that it is compared with.
    static let patience = 4
    /// Looks after which it is asked for at the broker.
    private static let doubt = 2

    private struct Seen {
        var sign: Int64?
        var silentLooks = 0
    }

    private var seen: [UUID: Seen] = [:]

    /// Takes the signs of all instances that hold claims; answers those to ask for at the broker.
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

    /// The broker has a connection of it, or could not be asked.
    mutating func noteConnected(_ instance: UUID) { seen[instance]?.silentLooks = 0 }

    /// Nothing could be seen.
    mutating func forget() { seen = [:] }

    /// Instances that are no more.
    var gone: [UUID] {
        seen.filter { $0.value.silentLooks >= Self.patience }.keys.sorted { $0.uuidString < $1.uuidString }
    }
}
