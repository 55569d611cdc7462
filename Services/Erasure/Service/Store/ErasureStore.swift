import ErasureDomain
import FoundationEssentials
import Messaging
import Models
import PostgreSQL

/// Contacts with their requests and the orders about them. A contact has few requests, since at most one of each kind
/// is open at a time.
struct ErasureStore: AggregateStore {
    // LATERAL … OFFSET 0 makes the planner look up each contact in the index, regardless of its statistics.
    private static let requests = """
        SELECT r.* FROM unnest($1::text[]) AS k (contact) CROSS JOIN LATERAL (
            SELECT contact, id, kind, channel, state, created_at, due_at FROM rights_request
            WHERE rights_request.contact = k.contact ORDER BY created_at, id OFFSET 0) AS r
        """
    private static let orders = """
        SELECT o.* FROM unnest($1::text[]) AS k (contact) CROSS JOIN LATERAL (
            SELECT contact, kind, order_id, sequence, request FROM rights_order
            WHERE rights_order.contact = k.contact OFFSET 0) AS o
        """
    private static let insertRequests = """
        INSERT INTO rights_request (contact, id, kind, channel, state, created_at, due_at)
        SELECT contact, id, kind, channel, state, created_at, due_at
        FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
            AS r (contact, id, kind, channel, state, created_at, due_at)
        """
    /// Inserts in the order of the decisions, so that the places rise in that order.
    private static let insertEvents = """
        INSERT INTO rights_request_event (request, at, what, by, reason)
        SELECT e.request, e.at, e.what, e.by, e.reason
        FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
            WITH ORDINALITY AS e (request, at, what, by, reason, number)
        ORDER BY e.number
        """
    private static let saveOrders = """
        INSERT INTO rights_order (contact, kind, order_id, sequence, request)
        SELECT contact, kind, order_id, sequence, request
        FROM unnest($1::text[], $2::text[], $3::uuid[], $4::int8[], $5::uuid[])
            AS o (contact, kind, order_id, sequence, request)
        ON CONFLICT (contact, kind) DO UPDATE
        SET order_id = excluded.order_id, sequence = excluded.sequence, request = excluded.request
        """

    func loading(_ contacts: [String]) -> [Statement] {
        [Self.requests, Self.orders].map { Statement($0, [.texts(contacts)]) }
    }

    func states(of contacts: [String], from rows: ArraySlice<Rows>) async throws -> [String: ErasureContact] {
        let start = rows.startIndex
        var requests: [String: [RightsRequest]] = [:]
        for row in rows[start] { requests[try row.text(0), default: []].append(try RightsRequest(row)) }
        var orders: [String: [RightsKind: ErasureContact.Order]] = [:]
        for row in rows[start + 1] {
            let kind: RightsKind = try row.word(1)
            orders[try row.text(0), default: [:]][kind] = ErasureContact.Order(
                id: try row.uuid(2), sequence: try row.int64(3), request: try row.uuid(4))
        }
        return Set(requests.keys).union(orders.keys).reduce(into: [:]) { states, contact in
            states[contact] = ErasureContact(requests: requests[contact] ?? [], orders: orders[contact] ?? [:])
        }
    }

    func saving(_ changed: [(key: String, state: ErasureContact)], at now: Timestamp) async throws -> [Statement] {
        let requests = changed.flatMap { contact, state in state.unsaved.requests.map { (contact, $0) } }
        let events = changed.flatMap { _, state in state.unsaved.events }
        let orders = changed.flatMap { contact, state in
            state.unsaved.orders.compactMap { kind in state.orders[kind].map { (contact, kind, $0) } }
        }
        var statements: [Statement] = []
        if !requests.isEmpty { statements.append(Self.inserting(requests)) }
        if !events.isEmpty { statements.append(Self.inserting(events)) }
        if !orders.isEmpty {
            statements.append(
                Statement(
                    Self.saveOrders,
                    [
                        .texts(orders.map(\.0)), .texts(orders.map(\.1.rawValue)), .uuids(orders.map(\.2.id)),
                        .int8s(orders.map(\.2.sequence)), .uuids(orders.map(\.2.request)),
                    ]))
        }
        return statements
    }

    private static func inserting(_ requests: [(String, RightsRequest)]) -> Statement {
        Statement(
            insertRequests,
            [
                .texts(requests.map(\.0)), .uuids(requests.map(\.1.id)), .texts(requests.map(\.1.kind.rawValue)),
                .texts(requests.map(\.1.channel)), .texts(requests.map(\.1.state.rawValue)),
                .timestamps(requests.map(\.1.createdAt.microseconds)),
                .timestamps(requests.map(\.1.dueAt.microseconds)),
            ])
    }

    private static func inserting(_ events: [(request: UUID, event: RightsRequest.Event)]) -> Statement {
        Statement(
            insertEvents,
            [
                .uuids(events.map(\.request)), .timestamps(events.map(\.event.at.microseconds)),
                .texts(events.map(\.event.what.rawValue)), .texts(events.map(\.event.by)),
                .texts(events.map(\.event.reason)),
            ])
    }
}

extension RightsRequest {
    /// Restores a row of the statement `requests`.
    fileprivate init(_ row: Row) throws {
        self.init(
            id: try row.uuid(1), kind: try row.word(2), channel: try row.text(3),
            createdAt: Timestamp(microseconds: try row.timestampMicroseconds(5)),
            dueAt: Timestamp(microseconds: try row.timestampMicroseconds(6)), state: try row.word(4))
    }
}

extension Row {
    /// A stored word. Another one was written by a newer release, and this one must not decide on it.
    fileprivate func word<Word: RawRepresentable>(_ column: Int) throws -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: try text(column)) else { throw UnknownStoredValue() }
        return word
    }
}

/// A column holds a word that this release does not know.
private struct UnknownStoredValue: Outage {}
