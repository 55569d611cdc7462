import ConsentDomain
import Messaging
import Models
import PostgreSQL

/// The contacts in the table `contact`, their decisions (`ConsentStore+Decisions.swift`) and what they asked for on the
/// page (`ConsentStore+Submissions.swift`).
struct ConsentStore: AggregateStore {
    private static let load = """
        SELECT id, is_known, locale, attributes, opt_in, opt_in_sequence, lists, list_sequences,
            opt_in_held, processing, processing_since, erasure, erasure_sequence, erasure_due_at, links_from,
            access_due_at, told, told_at, tell_at, told_for
        FROM contact WHERE id = ANY($1)
        """
    private static let saveContacts = """
        INSERT INTO contact (id, is_known, locale, attributes, searchable, opt_in, opt_in_sequence, lists,
            list_sequences, granted, revoked, opt_in_held, processing, processing_since, erasure, erasure_sequence,
            erasure_due_at, links_from, access_due_at, told, told_at, tell_at, told_for, created_at)
        SELECT c.id, c.is_known, c.locale, c.attributes::json, c.searchable::jsonb, c.opt_in, c.opt_in_sequence,
            c.lists::text[], c.list_sequences::jsonb, c.granted::text[], c.revoked::text[],
            c.opt_in_held, c.processing, c.processing_since, c.erasure, c.erasure_sequence, c.erasure_due_at,
            c.links_from, c.access_due_at, c.told::json, c.told_at, c.tell_at, c.told_for, $13
        FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
            $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $14::text[], $15::timestamptz[],
            $16::text[], $17::bigint[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $21::text[],
            $22::timestamptz[], $23::timestamptz[], $24::text[])
            AS c (id, is_known, locale, attributes, searchable, opt_in, opt_in_sequence, lists, list_sequences,
                granted, revoked, opt_in_held, processing, processing_since, erasure, erasure_sequence, erasure_due_at,
                links_from, access_due_at, told, told_at, tell_at, told_for)
        ON CONFLICT (id) DO UPDATE SET is_known = excluded.is_known, locale = excluded.locale,
            attributes = excluded.attributes, searchable = excluded.searchable, opt_in = excluded.opt_in,
            opt_in_sequence = excluded.opt_in_sequence, lists = excluded.lists,
            list_sequences = excluded.list_sequences, granted = excluded.granted, revoked = excluded.revoked,
            opt_in_held = excluded.opt_in_held, processing = excluded.processing,
            processing_since = excluded.processing_since, erasure = excluded.erasure,
            erasure_sequence = excluded.erasure_sequence, erasure_due_at = excluded.erasure_due_at,
            links_from = excluded.links_from, access_due_at = excluded.access_due_at, told = excluded.told,
            told_at = excluded.told_at, tell_at = excluded.tell_at, told_for = excluded.told_for
        """

    private static let loadSummaries = """
        SELECT id, is_known, processing, granted, revoked FROM contact WHERE id = ANY($1)
        """

    func loadingSummaries(_ keys: [String]) -> [Statement] { [Statement(Self.loadSummaries, [.texts(keys)])] }

    func summaries(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: ConsentContact] {
        guard let loaded = rows.first else { return [:] }
        var states: [String: ConsentContact] = [:]
        for row in loaded {
            states[try row.text(0)] = ConsentContact(
                summaryOf: try row.bool(1), processing: try row.choice(2), granted: try row.textArray(3),
                revoked: try row.textArray(4))
        }
        return states
    }

    func loading(_ keys: [String]) -> [Statement] {
        [Statement(Self.load, [.texts(keys)]), loadingSubmissions(of: keys)] + loadingDecisions(of: keys)
    }

    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: ConsentContact] {
        guard let loaded = rows.first, let submitted = rows.dropFirst().first else { return [:] }
        let submissions = try submissions(from: submitted)
        let decided = try decided(from: rows.dropFirst(2))
        var states: [String: ConsentContact] = [:]
        for row in loaded {
            let id = try row.text(0)
            states[id] = try Self.contact(row, decided[id] ?? Decided(), submissions[id] ?? [])
        }
        return states
    }

    func saving(_ changed: [(key: String, state: ConsentContact)], at now: Timestamp) async throws -> [Statement] {
        [saving(contacts: changed, at: now)] + savingSubmissions(of: changed)
            + (try savingDecisions(of: changed, at: now)) + savingFirings(of: changed, at: now)
    }

    private static func contact(
        _ row: Row, _ decided: Decided, _ submissions: [Submission]
    ) throws -> ConsentContact {
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
            decisions: decided.decisions, orders: decided.orders,
            page: PageState(
                processing: try row.choice(9), processingSince: try row.time(10),
                erasure: LatestFact(try row.choice(11), sequence: UInt64(clamping: try row.int64(12))),
                erasureDueAt: try row.time(13), accessDueAt: try row.time(15), linksFrom: try row.time(14),
                submissions: submissions), invitation: try Invitation(row, from: 16))
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
                .timestamp(now.microseconds), .texts(states.map(\.processing.rawValue)),
                .timestamps(states.map { $0.processingSince?.microseconds }),
                .texts(states.map(\.erasure.value.rawValue)),
                .int8s(states.map { Int64(clamping: $0.erasure.sequence) }),
                .timestamps(states.map { $0.erasureDueAt?.microseconds }),
                .timestamps(states.map { $0.linksFrom?.microseconds }),
                .timestamps(states.map { $0.accessDueAt?.microseconds }),
                .texts(states.map { $0.invitation.json?.serialized }),
                .timestamps(states.map { $0.invitation.mailedAt?.microseconds }),
                .timestamps(states.map { $0.invitation.tellAt?.microseconds }),
                .texts(states.map(\.invitation.configuration)),
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

extension Row {
    func time(_ column: Int) throws(DatabaseError) -> Timestamp? {
        try optionalTimestampMicroseconds(column).map { Timestamp(microseconds: $0) }
    }

    func choice<Choice: RawRepresentable>(_ column: Int) throws -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: try text(column)) else { throw UnknownValue() }
        return choice
    }
}

/// The table holds a value that no version of this service has written.
private struct UnknownValue: Outage {}
