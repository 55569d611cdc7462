import ConsentDomain
import Messaging
import Models
import PostgreSQL

/// The contacts in the tables `contact` and `page_link`, and their decisions (`ConsentStore+Decisions.swift`).
struct ConsentStore: AggregateStore {
    private static let load = """
        SELECT id, is_known, locale, attributes, opt_in, opt_in_sequence, lists, list_sequences,
            opt_in_held
        FROM contact WHERE id = ANY($1)
        """
    private static let saveContacts = """
        INSERT INTO contact (id, is_known, locale, attributes, searchable, opt_in, opt_in_sequence, lists,
            list_sequences, granted, revoked, opt_in_held, created_at)
        SELECT c.id, c.is_known, c.locale, c.attributes::json, c.searchable::jsonb, c.opt_in, c.opt_in_sequence,
            c.lists::text[], c.list_sequences::jsonb, c.granted::text[], c.revoked::text[],
            c.opt_in_held, $13
        FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
            $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
            AS c (id, is_known, locale, attributes, searchable, opt_in, opt_in_sequence, lists, list_sequences,
                granted, revoked, opt_in_held)
        ON CONFLICT (id) DO UPDATE SET is_known = excluded.is_known, locale = excluded.locale,
            attributes = excluded.attributes, searchable = excluded.searchable, opt_in = excluded.opt_in,
            opt_in_sequence = excluded.opt_in_sequence, lists = excluded.lists,
            list_sequences = excluded.list_sequences, granted = excluded.granted, revoked = excluded.revoked,
            opt_in_held = excluded.opt_in_held
        """
    private static let saveLinks = """
        INSERT INTO page_link (id, contact, created_at)
        SELECT id, contact, $3 FROM unnest($1, $2) AS given (id, contact)
        ON CONFLICT (id) DO NOTHING
        """

    func loading(_ keys: [String]) -> [Statement] {
        [Statement(Self.load, [.texts(keys)])] + loadingDecisions(of: keys)
    }

    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: ConsentContact] {
        guard let loaded = rows.first else { return [:] }
        let decided = try decided(from: rows.dropFirst())
        var states: [String: ConsentContact] = [:]
        for row in loaded {
            let id = try row.text(0)
            states[id] = try Self.contact(row, decided[id] ?? Decided())
        }
        return states
    }

    func saving(_ changed: [(key: String, state: ConsentContact)], at now: Timestamp) async throws -> [Statement] {
        let links = changed.flatMap { key, state in state.unsaved.links.map { (id: $0, contact: key) } }
        return [
            saving(contacts: changed, at: now),
            Statement(
                Self.saveLinks,
                [.uuids(links.map(\.id)), .texts(links.map(\.contact)), .timestamp(now.microseconds)]),
        ] + savingDecisions(of: changed, at: now)
    }

    private static func contact(_ row: Row, _ decided: Decided) throws -> ConsentContact {
        let subscribed = Set(try row.textArray(6))
        var lists: [String: LatestFact<Bool>] = [:]
        for member in try members(row.text(7)) {
            lists[member.name] = LatestFact(
                subscribed.contains(member.name), sequence: UInt64(clamping: member.value.integer ?? 0))
        }
        return ConsentContact(
            exists: try row.bool(1), locale: try row.optionalText(2),
            attributes: Dictionary(uniqueKeysWithValues: try members(row.text(3)).map { ($0.name, $0.value) }),
            optIn: LatestFact(try row.text(4), sequence: UInt64(clamping: try row.int64(5))),
            heldOptOut: try row.optionalText(8), lists: lists,
            decisions: decided.decisions, orders: decided.orders)
    }

    private func saving(contacts: [(key: String, state: ConsentContact)], at now: Timestamp) -> Statement {
        let states = contacts.map(\.state)
        let searchable = states.map { $0.attributes.mapValues { $0.isComparable ? $0 : .null } }
        let sequences = states.map { $0.lists.mapValues { JSON.number("\($0.sequence)") } }
        return Statement(
            Self.saveContacts,
            [
                .texts(contacts.map(\.key)), .bools(states.map(\.exists)), .texts(states.map(\.locale)),
                .texts(states.map { Self.serialized($0.attributes) }), .texts(searchable.map(Self.serialized)),
                .texts(states.map(\.optIn.value)), .int8s(states.map { Int64(clamping: $0.optIn.sequence) }),
                .arrayTexts(states.map { $0.facts.lists.sorted() }), .texts(sequences.map(Self.serialized)),
                .arrayTexts(states.map { Self.names(.granted, $0) }),
                .arrayTexts(states.map { Self.names(.revoked, $0) }), .texts(states.map(\.heldOptOut)),
                .timestamp(now.microseconds),
            ])
    }

    private static func names(_ choice: Decision.Choice, _ state: ConsentContact) -> [String] {
        state.decisions.filter { $0.value.choice == choice }.keys.sorted()
    }

    private static func members(_ json: String) throws(JSONError) -> [JSON.Member] {
        try JSON(parsing: Array(json.utf8)).members ?? []
    }

    private static func serialized(_ members: [String: JSON]) -> String {
        JSON.object(members.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) }).serialized
    }
}
