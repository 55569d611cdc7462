import Cryptography
import FoundationEssentials
import Models
import PostgreSQL

/// Events of one request that a list shows, the newest ones. Their reasons have 4 KiB each, so that one request always
/// fits in a reply.
private let mostEvents = 20
/// How long before its due date a request is due soon.
private let soon = Duration.seconds(7 * 86_400)
/// States in which nothing is left to do, as in the index `rights_request_open`.
private let endedStates = ["completed", "cancelled", "not-found"]
/// The end of the year 9999; a cursor with a later time is not ours.
private let lastTime: Int64 = 253_402_300_799_999_999

/// The requests for an erasure or a copy, page by page, in the order of their due dates (E1): `erasure.list`.
struct RequestList {
    /// The filter `state`.
    enum Selection: String, CaseIterable {
        /// Not ended yet.
        case open
        /// Open, and due within seven days.
        case dueSoon = "due-soon"
        /// Open, and the due date has passed.
        case overdue
        case completed
    }

    /// Identifies the last request of a page.
    struct Cursor: Equatable {
        let dueAt: Timestamp
        let request: UUID

        init(dueAt: Timestamp, request: UUID) {
            self.dueAt = dueAt
            self.request = request
        }

        /// Nil from a text that no answer gave.
        init?(_ text: String) {
            guard let bytes = Base64URL.decode(text) else { return nil }
            let parts = String(decoding: bytes, as: UTF8.self)
                .split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let time = Int64(parts[0]), (0...lastTime).contains(time),
                let request = UUID(uuidString: String(parts[1]))
            else { return nil }
            self.init(dueAt: Timestamp(microseconds: time), request: request)
        }

        var text: String { Base64URL.encode(Array("\(dueAt.microseconds)/\(request.text)".utf8)) }
    }

    let selection: Selection?
    let kind: RightsKind?
    let after: Cursor?
    let limit: Int

    /// Reads one request more than the page has, which shows whether another page follows. A request has a row for each
    /// event.
    func statement(at now: Timestamp) -> Statement {
        var values = BoundValues()
        let sql = """
            WITH page AS MATERIALIZED (
                SELECT id, contact, kind, state, due_at FROM rights_request
                WHERE \(conditions(at: now, &values).joined(separator: " AND "))
                ORDER BY due_at, id LIMIT \(limit + 1))
            SELECT p.id, p.contact, p.kind, p.state, p.due_at, e.at, e.what, e.by, e.reason
            FROM page AS p LEFT JOIN LATERAL (
                SELECT place, at, what, by, reason FROM rights_request_event WHERE request = p.id
                ORDER BY place DESC LIMIT \(mostEvents)) AS e ON true
            ORDER BY p.due_at, p.id, e.place
            """
        return Statement(varying: sql, values.parameters)
    }

    private func conditions(at now: Timestamp, _ values: inout BoundValues) -> [String] {
        let open = "state NOT IN (\(endedStates.map { "'\($0)'" }.joined(separator: ", ")))"
        var conditions: [String] =
            switch selection {
            case nil: ["true"]
            case .open: [open]
            case .dueSoon: [open, "due_at >= \(values.bind(now))", "due_at < \(values.bind(now + soon))"]
            case .overdue: [open, "due_at < \(values.bind(now))"]
            case .completed: ["state = 'completed'"]
            }
        if let kind { conditions.append("kind = \(values.bind(.text(kind.rawValue)))") }
        if let after {
            conditions.append("(due_at, id) > (\(values.bind(after.dueAt)), \(values.bind(.uuid(after.request))))")
        }
        return conditions
    }

    /// The result of `erasure.list` from the rows of `statement`. A page that would be too large for a reply ends
    /// early.
    func page(of rows: Rows, at now: Timestamp) throws -> JSON {
        var listed: [ListedRequest] = []
        for row in rows {
            let id = try row.uuid(0)
            if listed.last?.id != id { listed.append(try ListedRequest(row)) }
            if let event = try ListedRequest.event(row) { listed[listed.count - 1].history.append(event) }
        }
        var page = ReplyPage()
        for request in listed.prefix(limit) {
            guard page.add(request.json(at: now)) else { break }
        }
        let isMore = listed.count > page.elements.count
        let last = page.elements.count > 0 ? listed[page.elements.count - 1] : nil
        let next = isMore ? last.map { Cursor(dueAt: $0.dueAt, request: $0.id).text } : nil
        return ["requests": .array(page.elements), "next": .text(next) ?? .null]
    }
}

/// A request of a page. Its words are shown as they are stored.
private struct ListedRequest {
    let id: UUID
    let contact: String
    let kind: String
    let state: String
    let dueAt: Timestamp
    var history: [JSON] = []

    init(_ row: Row) throws {
        id = try row.uuid(0)
        contact = try row.text(1)
        kind = try row.text(2)
        state = try row.text(3)
        dueAt = Timestamp(microseconds: try row.timestampMicroseconds(4))
    }

    /// Nil where the request has no event.
    static func event(_ row: Row) throws -> JSON? {
        guard let at = try row.optionalTimestampMicroseconds(5) else { return nil }
        return JSON(present: [
            "at": .string(Timestamp(microseconds: at).rfc3339), "what": .string(try row.text(6)),
            "by": .string(try row.text(7)), "reason": .text(try row.optionalText(8)),
        ])
    }

    func json(at now: Timestamp) -> JSON {
        let isOpen = !endedStates.contains(state)
        let isOverdue = isOpen && dueAt < now
        return [
            "request": .string(id.text), "contact": .string(contact), "kind": .string(kind),
            "state": .string(state), "dueAt": .string(dueAt.rfc3339),
            "dueSoon": .bool(isOpen && !isOverdue && dueAt < now + soon), "overdue": .bool(isOverdue),
            "participants": [:], "history": .array(history),
        ]
    }
}

/// The bound values of a statement, in the order of their numbers.
private struct BoundValues {
    private(set) var parameters: [Parameter] = []

    mutating func bind(_ parameter: Parameter) -> String {
        parameters.append(parameter)
        return "$\(parameters.count)"
    }

    mutating func bind(_ time: Timestamp) -> String { bind(.timestamp(time.microseconds)) }
}
