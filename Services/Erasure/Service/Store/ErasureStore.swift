package import ErasureDomain
import Messaging
import Models
import PostgreSQL

/// The contacts in the table `contact`.
struct ErasureStore: AggregateStore {
    private static let load = "SELECT id FROM contact WHERE id = ANY($1)"
    private static let save = """
        INSERT INTO contact (id) SELECT id FROM unnest($1) AS changed (id) ON CONFLICT (id) DO NOTHING
        """

    func loading(_ keys: [String]) -> [Statement] { [Statement(Self.load, [.texts(keys)])] }

    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: ErasureContact] {
        var states: [String: ErasureContact] = [:]
        for row in rows.joined() { states[try row.text(0)] = ErasureContact() }
        return states
    }

    func saving(_ changed: [(key: String, state: ErasureContact)], at now: Timestamp) async throws -> [Statement] {
        [Statement(Self.save, [.texts(changed.map(\.key))])]
    }
}

extension ErasureContact: Aggregate {
    /// Handlers need nothing besides the message.
    package struct Environment: Sendable {}
}
