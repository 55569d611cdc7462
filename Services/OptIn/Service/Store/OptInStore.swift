import FoundationEssentials
import Messaging
import Models
import OptInDomain
import PostgreSQL

/// Loads and saves the opt-in state of contacts.
struct OptInStore: AggregateStore {
    typealias State = OptIn

    private static let loadContacts = """
        SELECT contact, status, since, held_opt_out, address_hash, undecided, decided, lists, mailed_at, change_count,
            opt_out_seen, mail_due_at, waiting_lists, last_received_at, is_created, last_fact, fact_before, is_stopped
        FROM contact WHERE contact = ANY ($1::text[])
        """
    private static let loadConfirmations = """
        SELECT contact, id, expires_at, lists, handed_at IS NOT NULL, wrong_codes FROM confirmation
        WHERE contact = ANY ($1::text[]) AND state = 'pending' ORDER BY contact, id
        """
    private static let loadOrders = """
        SELECT contact, topic, order_id, sequence, state FROM followed_order WHERE contact = ANY ($1::text[])
        """
    private static let saveContacts = """
        INSERT INTO contact (contact, status, since, held_opt_out, address_hash, undecided, decided, lists, mailed_at,
            change_count, opt_out_seen, mail_due_at, waiting_lists, last_received_at, is_created, last_fact,
            fact_before, is_stopped)
        SELECT c.contact, c.status, c.since, c.held_opt_out, c.address_hash, c.undecided::text[], c.decided::text[],
            c.lists::text[], c.mailed_at, c.change_count, c.opt_out_seen, c.mail_due_at, c.waiting_lists::text[],
            c.last_received_at, c.is_created, c.last_fact, c.fact_before, c.is_stopped
        FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::timestamptz[], $10::integer[], $11::integer[], $12::timestamptz[], $13::text[],
            $14::timestamptz[], $15::boolean[], $16::bigint[], $17::bigint[], $18::boolean[])
            AS c (contact, status, since, held_opt_out, address_hash, undecided, decided, lists, mailed_at,
                change_count, opt_out_seen, mail_due_at, waiting_lists, last_received_at, is_created, last_fact,
                fact_before, is_stopped)
        ON CONFLICT (contact) DO UPDATE SET status = excluded.status, since = excluded.since,
            held_opt_out = excluded.held_opt_out, address_hash = excluded.address_hash, undecided = excluded.undecided,
            decided = excluded.decided, lists = excluded.lists, mailed_at = excluded.mailed_at,
            change_count = excluded.change_count, opt_out_seen = excluded.opt_out_seen,
            mail_due_at = excluded.mail_due_at, waiting_lists = excluded.waiting_lists,
            last_received_at = excluded.last_received_at, is_created = excluded.is_created,
            last_fact = excluded.last_fact, fact_before = excluded.fact_before, is_stopped = excluded.is_stopped
        """
    private static let saveConfirmations = """
        INSERT INTO confirmation (id, contact, state, expires_at, lists, handed_at, wrong_codes)
        SELECT c.id, c.contact, c.state, c.expires_at, c.lists::text[],
            CASE WHEN c.is_handed THEN clock_timestamp() END, c.wrong_codes
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::boolean[], $7::integer[])
            AS c (id, contact, state, expires_at, lists, is_handed, wrong_codes)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, lists = excluded.lists,
            handed_at = coalesce(confirmation.handed_at, excluded.handed_at), wrong_codes = excluded.wrong_codes
        """
    private static let saveChanges = """
        INSERT INTO status_change (contact, number, from_status, to_status, at, by, reason, user_id, form, shown_text,
            remote_address, user_agent, is_suspect)
        SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],
            $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::boolean[])
        """
    private static let saveOrders = """
        INSERT INTO followed_order (contact, topic, order_id, sequence, state)
        SELECT o.* FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::text[]) AS o
        ON CONFLICT (contact, topic) DO UPDATE SET order_id = excluded.order_id, sequence = excluded.sequence,
            state = excluded.state
        """
    private static let saveReceived = """
        INSERT INTO received_mail (contact, message_hash)
        SELECT DISTINCT contact, hash FROM unnest($1::text[], $2::text[]) AS m (contact, hash) ON CONFLICT DO NOTHING
        """

    func loading(_ keys: [String]) -> [Statement] {
        [Self.loadContacts, Self.loadConfirmations, Self.loadOrders].map { Statement($0, [.texts(keys)]) }
    }

    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: OptIn] {
        var states: [String: OptIn] = [:]
        for row in rows[rows.startIndex] {
            var state = OptIn()
            state.exists = try row.bool(14)
            state.status = try OptInStatus(stored: row.text(1))
            state.since = Timestamp(microseconds: try row.timestampMicroseconds(2))
            state.heldOptOut = try row.optionalText(3).map(OptInStatus.init(stored:))
            state.address = AddressTrack(
                current: try row.optionalText(4), undecided: try row.textArray(5),
                decided: try row.textArray(6).compactMap { AddressTrack.Decision(stored: $0) })
            state.lists = try row.textArray(7)
            state.mailedAt = try row.optionalTimestampMicroseconds(8).map(Timestamp.init(microseconds:))
            state.changeCount = Int(try row.int64(9))
            state.optOutSeen = Int(try row.int64(10))
            state.mailDueAt = try row.optionalTimestampMicroseconds(11).map(Timestamp.init(microseconds:))
            state.waitingLists = try row.textArray(12)
            state.lastReceivedAt = try row.optionalTimestampMicroseconds(13).map(Timestamp.init(microseconds:))
            state.lastFact = try row.int64(15)
            state.factBefore = try row.int64(16)
            state.isStopped = try row.bool(17)
            states[try row.text(0)] = state
        }
        for row in rows[rows.startIndex + 1] {
            states[try row.text(0)]?.confirmations.append(
                Confirmation(
                    id: try row.uuid(1), expiresAt: Timestamp(microseconds: try row.timestampMicroseconds(2)),
                    lists: try row.textArray(3), isHanded: try row.bool(4),
                    wrongCodes: Int(try row.int64(5))))
        }
        for row in rows[rows.startIndex + 2] {
            states[try row.text(0)]?.inForce[try row.text(1)] = OrderInForce(
                order: try row.uuid(2), sequence: try row.int64(3), state: try row.text(4))
        }
        return states
    }

    func saving(_ changed: [(key: String, state: OptIn)], at now: Timestamp) async throws -> [Statement] {
        var statements = [saveContacts(changed, at: now)]
        let confirmations = changed.flatMap { entry in entry.state.confirmations.map { (entry.key, $0) } }
        if !confirmations.isEmpty { statements.append(saveConfirmations(confirmations)) }
        let changes = changed.flatMap { entry in
            let first = entry.state.changeCount - entry.state.newChanges.count + 1
            return entry.state.newChanges.enumerated().map { (entry.key, first + $0.offset, $0.element) }
        }
        if !changes.isEmpty { statements.append(saveChanges(changes)) }
        let received = changed.flatMap { entry in entry.state.newReceived.map { (entry.key, $0) } }
        if !received.isEmpty {
            statements.append(Statement(Self.saveReceived, [.texts(received.map(\.0)), .texts(received.map(\.1))]))
        }
        let orders = changed.flatMap { entry in
            entry.state.newInForce.sorted().compactMap { topic in
                entry.state.inForce[topic].map { (entry.key, topic, $0) }
            }
        }
        if !orders.isEmpty { statements.append(saveOrders(orders)) }
        return statements
    }

    private func saveContacts(_ changed: [(key: String, state: OptIn)], at now: Timestamp) -> Statement {
        Statement(
            Self.saveContacts,
            [
                .texts(changed.map(\.key)), .texts(changed.map(\.state.status.rawValue)),
                .timestamps(changed.map { ($0.state.since ?? now).microseconds }),
                .texts(changed.map(\.state.heldOptOut?.rawValue)), .texts(changed.map(\.state.address.current)),
                .arrayTexts(changed.map(\.state.address.undecided)),
                .arrayTexts(changed.map { $0.state.address.decided.map(\.stored) }),
                .arrayTexts(changed.map(\.state.lists)),
                .timestamps(changed.map(\.state.mailedAt?.microseconds)),
                .int4s(changed.map { Int32($0.state.changeCount) }),
                .int4s(changed.map { Int32($0.state.optOutSeen) }),
                .timestamps(changed.map(\.state.mailDueAt?.microseconds)),
                .arrayTexts(changed.map(\.state.waitingLists)),
                .timestamps(changed.map(\.state.lastReceivedAt?.microseconds)), .bools(changed.map(\.state.exists)),
                .int8s(changed.map(\.state.lastFact)), .int8s(changed.map(\.state.factBefore)),
                .bools(changed.map(\.state.isStopped)),
            ])
    }

    private func saveConfirmations(_ rows: [(contact: String, confirmation: Confirmation)]) -> Statement {
        Statement(
            Self.saveConfirmations,
            [
                .uuids(rows.map(\.confirmation.id)), .texts(rows.map(\.contact)),
                .texts(rows.map(\.confirmation.state.rawValue)),
                .timestamps(rows.map(\.confirmation.expiresAt.microseconds)),
                .arrayTexts(rows.map(\.confirmation.lists)),
                .bools(rows.map(\.confirmation.isHanded)),
                .int4s(rows.map { Int32($0.confirmation.wrongCodes) }),
            ])
    }

    private func saveOrders(_ rows: [(contact: String, topic: String, order: OrderInForce)]) -> Statement {
        Statement(
            Self.saveOrders,
            [
                .texts(rows.map(\.contact)), .texts(rows.map(\.topic)), .uuids(rows.map(\.order.order)),
                .int8s(rows.map(\.order.sequence)), .texts(rows.map(\.order.state)),
            ])
    }

    private func saveChanges(_ rows: [(contact: String, number: Int, change: Change)]) -> Statement {
        Statement(
            Self.saveChanges,
            [
                .texts(rows.map(\.contact)), .int4s(rows.map { Int32($0.number) }),
                .texts(rows.map(\.change.from.rawValue)), .texts(rows.map(\.change.to.rawValue)),
                .timestamps(rows.map(\.change.at.microseconds)), .texts(rows.map(\.change.by.rawValue)),
                .texts(rows.map(\.change.reason.rawValue)), .texts(rows.map(\.change.evidence.user)),
                .texts(rows.map(\.change.evidence.form)),
                .texts(rows.map(\.change.evidence.text)), .texts(rows.map(\.change.evidence.remoteAddress)),
                .texts(rows.map(\.change.evidence.userAgent)), .bools(rows.map(\.change.evidence.isSuspect)),
            ])
    }
}

extension AddressTrack.Decision {
    /// The form in a row: the hash or a hyphen, a space, the message.
    var stored: String { "\(hash ?? "-") \(cause)" }

    init?(stored text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        self.init(cause: String(parts[1]), hash: parts[0] == "-" ? nil : String(parts[0]))
    }
}

/// A row holds a value that no release of this service has written.
struct UnknownStoredValue: Outage {}

extension OptInStatus {
    /// Reads a status from a row.
    init(stored text: String) throws {
        guard let status = OptInStatus(rawValue: text) else { throw UnknownStoredValue() }
        self = status
    }
}
