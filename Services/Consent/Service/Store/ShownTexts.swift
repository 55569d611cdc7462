import Models
import PostgreSQL
import Settings

/// The texts that contacts were shown, and who was named as responsible (C0, C8).
struct ShownTexts: Sendable {
    /// As many as configurations had texts, so that no limit is needed.
    private static let readTexts = "SELECT name, version, language, content FROM shown_text"
    private static let keepTexts = """
        INSERT INTO shown_text (name, version, language, content, first_shown_at)
        SELECT name, version, language, content::json, $5
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS t (name, version, language, content)
        ON CONFLICT DO NOTHING
        """
    private static let findTexts = """
        SELECT t.name, t.version, t.language, t.content
        FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[]) AS n (name, version, language)) AS n
        JOIN shown_text AS t USING (name, version, language)
        """
    private static let keepController = """
        INSERT INTO shown_controller (first_shown_at, content)
        SELECT $1, $2::json WHERE $2 IS DISTINCT FROM
            (SELECT content::text FROM shown_controller ORDER BY first_shown_at DESC LIMIT 1)
        ON CONFLICT DO NOTHING
        """
    private static let readControllers = "SELECT first_shown_at, content FROM shown_controller ORDER BY first_shown_at"

    let pool: Pool

    /// Refuses a configuration that changes a text under its old version, and keeps the configuration's texts. Checks
    /// once more afterwards, since another instance may have started with another configuration at the same moment.
    func require(yaml: String, at now: Timestamp) async throws {
        try Settings.check(yaml: yaml, against: try await all())
        let settings = try Settings.load(yaml: yaml)
        let texts = settings.shownTexts
        var statements = [
            Statement(
                Self.keepTexts,
                [
                    .texts(texts.map(\.name)), .texts(texts.map(\.version)), .texts(texts.map(\.language)),
                    .texts(texts.map(\.content.serialized)), .timestamp(now.microseconds),
                ])
        ]
        if let controller = settings.controller {
            statements.append(
                Statement(Self.keepController, [.timestamp(now.microseconds), .text(controller.json.serialized)]))
        }
        _ = try await pool.run(statements)
        try Settings.check(yaml: yaml, against: try await all())
    }

    /// A text's name, version and language.
    typealias Key = [String]

    /// The contents of texts; one that was never kept is left out.
    func contents(of keys: [Key]) async throws -> [Key: JSON] {
        let rows = try await pool.run([
            Statement(
                Self.findTexts, [.texts(keys.map { $0[0] }), .texts(keys.map { $0[1] }), .texts(keys.map { $0[2] })])
        ])[0]
        let texts = try rows.map(Self.text)
        return Dictionary(uniqueKeysWithValues: texts.map { ([$0.name, $0.version, $0.language], $0.content) })
    }

    /// Who was named as responsible, from when on, oldest first.
    func controllers() async throws -> [(since: Timestamp, content: JSON)] {
        try await pool.run([Statement(Self.readControllers)])[0].map { row in
            (Timestamp(microseconds: try row.timestampMicroseconds(0)), try JSON(parsing: Array(try row.text(1).utf8)))
        }
    }

    private func all() async throws -> [Settings.ShownText] {
        try await pool.run([Statement(Self.readTexts)])[0].map(Self.text)
    }

    private static func text(_ row: Row) throws -> Settings.ShownText {
        Settings.ShownText(
            name: try row.text(0), version: try row.text(1), language: try row.text(2),
            content: try JSON(parsing: Array(try row.text(3).utf8)))
    }
}

extension Settings.Controller {
    fileprivate var json: JSON {
        JSON(present: [
            "name": .string(name), "address": .text(address), "contact": .text(contact),
            "privacyPolicy": .text(privacyPolicy),
        ])
    }
}
