import ConsentDomain
import Messaging
import Models
import PostgreSQL

/// The contacts in the tables `contact` and `page_link`.
struct ConsentStore: AggregateStore {
    private static let load = """
        SELECT id, locale, attributes FROM contact WHERE id = ANY($1)
        """
    private static let saveContacts = """
        INSERT INTO contact (id, locale, attributes, created_at)
        SELECT id, locale, attributes::json, $4 FROM unnest($1, $2, $3) AS changed (id, locale, attributes)
        ON CONFLICT (id) DO UPDATE SET locale = EXCLUDED.locale, attributes = EXCLUDED.attributes
        """
    private static let saveLinks = """
        INSERT INTO page_link (id, contact, created_at)
        SELECT id, contact, $3 FROM unnest($1, $2) AS given (id, contact)
        ON CONFLICT (id) DO NOTHING
        """

    func loading(_ keys: [String]) -> [Statement] {
        [Statement(Self.load, [.texts(keys)])]
    }

    func states(of keys: [String], from rows: ArraySlice<Rows>) async throws -> [String: ConsentContact] {
        guard let loaded = rows.first else { return [:] }
        var states: [String: ConsentContact] = [:]
        for row in loaded {
            let attributes = try JSON(parsing: Array(try row.text(2).utf8)).members ?? []
            states[try row.text(0)] = ConsentContact(
                isKnown: true, locale: try row.optionalText(1),
                attributes: Dictionary(uniqueKeysWithValues: attributes.map { ($0.name, $0.value) }))
        }
        return states
    }

    func saving(_ changed: [(key: String, state: ConsentContact)], at now: Timestamp) async throws -> [Statement] {
        let links = changed.flatMap { key, state in state.newLinks.map { (id: $0, contact: key) } }
        return [
            Statement(
                Self.saveContacts,
                [
                    .texts(changed.map(\.key)), .texts(changed.map(\.state.locale)),
                    .texts(changed.map { Self.serialized($0.state.attributes) }), .timestamp(now.microseconds),
                ]),
            Statement(
                Self.saveLinks,
                [.uuids(links.map(\.id)), .texts(links.map(\.contact)), .timestamp(now.microseconds)]),
        ]
    }

    private static func serialized(_ attributes: [String: JSON]) -> String {
        JSON.object(attributes.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) }).serialized
    }
}
