import FoundationEssentials
import Logging
import Models
import PostgreSQL

/// Letters in a page: the default, and the maximum of `limit`.
private let standardLimit: Int64 = 100
private let mostLetters: Int64 = 1000
/// Bytes of a body that a reply contains at most, counted as JSON text.
private let shownBytes = 256 * 1024

/// `dead.list`: lists the dead letters of a service, oldest first, and their number by code and type (Q2).
struct DeadList<Environment: Sendable>: QueryHandler {
    static var type: String { "dead.list" }
    static var exchange: Exchange { .requests }
    static var namesService: Bool { true }
    private let filter: LetterFilter
    private let after: UUID?
    private let limit: Int64

    init(reading data: Reader) throws(Refusal) {
        filter = try LetterFilter(reading: data, named: false)
        after = data.optional("after") == nil ? nil : try data.uuid("after")
        limit = data.optional("limit") == nil ? standardLimit : try data.integer("limit", in: 1...mostLetters)
    }

    func answer(_ context: QueryContext<Environment>) async throws -> JSON {
        _ = try context.desk()
        let (condition, parameters) = filter.condition
        let rows = try await context.pool.run([
            Statement(
                varying: """
                    SELECT id, at, code, message, pointer, type, contact, account, redriven FROM dead_letter
                    WHERE \(condition) AND id > $\(parameters.count + 1) ORDER BY id LIMIT \(limit)
                    """, parameters + [.uuid(after ?? noLetter)]),
            Statement(
                varying: """
                    SELECT code, type, count(*) FROM dead_letter WHERE \(condition) GROUP BY code, type
                    ORDER BY count(*) DESC, code, type LIMIT 1000
                    """, parameters),
        ])
        var page = ReplyPage()
        var last: UUID?
        for row in rows[0] {
            guard page.add(try Self.letter(row)) else { break }
            last = try row.uuid(0)
        }
        let isWhole = page.elements.count == rows[0].count && rows[0].count < Int(limit)
        var counts: [JSON] = []
        for row in rows[1] {
            counts.append([
                "code": .string(try row.text(0)), "type": .string(try row.text(1)),
                "letters": .number(String(try row.int64(2))),
            ])
        }
        return [
            "letters": .array(page.elements), "counts": .array(counts),
            "next": isWhole ? .null : .text(last?.text) ?? .null,
        ]
    }

    private static func letter(_ row: Row) throws -> JSON {
        [
            "letter": .string(try row.uuid(0).text),
            "at": .string(Timestamp(microseconds: try row.timestampMicroseconds(1)).rfc3339),
            "code": .string(try row.text(2)), "message": .string(try row.text(3)),
            "pointer": .text(try row.optionalText(4)) ?? .null, "type": .string(try row.text(5)),
            "contact": .text(try row.optionalText(6)) ?? .null, "account": .string(try row.text(7)),
            "redriven": .number(String(try row.int64(8))),
        ]
    }
}

/// An id that sorts before all letters.
private let noLetter = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

/// `dead.show`: shows one letter with its decrypted body; each call is logged (Q2).
struct DeadShow<Environment: Sendable>: QueryHandler {
    static var type: String { "dead.show" }
    static var exchange: Exchange { .requests }
    static var namesService: Bool { true }
    private let letter: UUID

    init(reading data: Reader) throws(Refusal) {
        try LetterFilter.requireService(data)
        letter = try data.uuid("letter")
    }

    func answer(_ context: QueryContext<Environment>) async throws -> JSON {
        let desk = try context.desk()
        let rows = try await context.pool.run([
            Statement(
                """
                SELECT at, code, message, pointer, exchange, type, account, contact, source, message_id, properties,
                    body, body_bytes, repeated, redriven
                FROM dead_letter WHERE id = $1
                """, [.uuid(letter)])
        ])[0]
        guard let row = rows.first else { throw Refusal(.notFound, "no such letter", at: "/data/letter") }
        desk.log.notice("the operator looked at a dead letter", metadata: ["letter": "\(letter.text)"])
        let sealed = try row.optionalBytes(11)
        let body = sealed.flatMap { desk.seal.open($0, letter: letter) }
        let shown = body.map { Array($0.prefix(shownBytes)) }
        let text = shown.flatMap { String(validating: $0, as: UTF8.self)?.cut(toJSONBytes: shownBytes) }
        return JSON(present: [
            "letter": .string(letter.text),
            "at": .string(Timestamp(microseconds: try row.timestampMicroseconds(0)).rfc3339),
            "code": .string(try row.text(1)), "message": .string(try row.text(2)),
            "pointer": .text(try row.optionalText(3)) ?? .null, "exchange": .string(try row.text(4)),
            "type": .string(try row.text(5)), "account": .string(try row.text(6)),
            "contact": .text(try row.optionalText(7)) ?? .null, "source": .text(try row.optionalText(8)),
            "messageId": .text(try row.optionalUUID(9)?.text),
            "properties": try JSON(parsing: Array(try row.text(10).utf8)), "body": .text(text),
            "bodyBase64": text == nil ? shown.map { .string(Data($0).base64EncodedString()) } : nil,
            "bodyBytes": .number(String(try row.int64(12))), "repeated": .number(String(try row.int64(13))),
            "redriven": .number(String(try row.int64(14))),
        ])
    }
}

/// `dead.discard`: deletes letters (Q2).
struct DeadDiscard<Environment: Sendable>: QueryHandler {
    static var type: String { "dead.discard" }
    static var exchange: Exchange { .requests }
    static var namesService: Bool { true }
    private let filter: LetterFilter

    init(reading data: Reader) throws(Refusal) { filter = try LetterFilter(reading: data, named: true) }

    func answer(_ context: QueryContext<Environment>) async throws -> JSON {
        let desk = try context.desk()
        let (condition, parameters) = filter.condition
        var done: Int64 = 0
        var page: Int64 = 0
        repeat {
            page = try await context.pool.run([
                Statement(
                    varying: """
                        WITH gone AS (
                            DELETE FROM dead_letter WHERE id IN (
                                SELECT id FROM dead_letter WHERE \(condition) ORDER BY id LIMIT \(mostLetters))
                            RETURNING 1)
                        SELECT count(*) FROM gone
                        """, parameters)
            ])[0][0].int64(0)
            done += page
        } while page == mostLetters
        try await LetterStatements.countAnew(in: context.pool)
        desk.log.notice("the operator discarded dead letters", metadata: ["count": "\(done)"])
        return ["done": .number(String(done))]
    }
}

/// `dead.redrive`: has this service decide letters again, those of a contact in order, with the account that sent them
/// first (Q2).
struct DeadRedrive<Environment: Sendable>: QueryHandler {
    static var type: String { "dead.redrive" }
    static var exchange: Exchange { .requests }
    static var namesService: Bool { true }
    private let filter: LetterFilter

    init(reading data: Reader) throws(Refusal) { filter = try LetterFilter(reading: data, named: true) }

    func answer(_ context: QueryContext<Environment>) async throws -> JSON {
        let desk = try context.desk()
        let done = try await desk.redrive(filter, in: context.pool)
        try await LetterStatements.countAnew(in: context.pool)
        desk.log.notice("the operator redrove dead letters", metadata: ["accepted": "\(done)"])
        return ["done": .number(String(done))]
    }
}

extension QueryRegistry {
    /// Registers the queries about dead letters, which every service answers.
    mutating func addLetterQueries() {
        add(DeadList<Environment>.self)
        add(DeadShow<Environment>.self)
        add(DeadDiscard<Environment>.self)
        add(DeadRedrive<Environment>.self)
    }
}
