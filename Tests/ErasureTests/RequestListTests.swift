import Cryptography
import ErasureDomain
import FoundationEssentials
import Messaging
import Models
import PostgreSQL
import TestSupport
import Testing

@testable import ErasureService

private let now = Timestamp(microseconds: 1_795_428_000_000_000)  // 2026-11-23T10:00:00Z
private let day = Duration.seconds(86_400)
private let migrations = MessagingMigrations.all + ErasureMigrations.all

private func id(at time: Timestamp = now) -> UUID {
    .timeOrdered(at: time, random: (0..<10).map { _ in UInt8.random(in: 0...255) })
}

private func save(_ contacts: [String: ErasureContact], in pool: Pool) async throws {
    let changed = contacts.map { (key: $0.key, state: $0.value) }
    _ = try await pool.run(try await ErasureStore().saving(changed, at: now))
}

/// A contact with one request for each of the times.
private func contact(_ kind: RightsKind, _ times: Timestamp...) -> ErasureContact {
    var contact = ErasureContact.unknown
    for time in times {
        _ = contact.request(RightsRequest(id: id(at: time), kind: kind, channel: "phone", createdAt: time), by: "crm")
    }
    return contact
}

private func list(_ data: JSON, in pool: Pool) async throws -> (requests: [JSON], next: String?) {
    let list = try ErasureList(reading: try Reader(strictly: data, at: "/data")).list
    let answer = try list.page(of: try await pool.run([list.statement(at: now)])[0], at: now)
    return (answer["requests"]?.elements ?? [], answer["next"]?.text)
}

@Suite(.database)
struct RequestListTests {
    @Test("what was saved is loaded again: requests and the orders in force, then what follows them")
    func roundTrip() async throws {
        try await TestDatabase.withSchema(migrations) { pool in
            let store = ErasureStore()
            func load() async throws -> [String: ErasureContact] {
                let keys = ["a", "b", "c"]
                return try await store.states(of: keys, from: try await pool.run(store.loading(keys))[...])
            }
            var a = contact(.access, now), b = ErasureContact.unknown
            let head = OrderHead(order: id(), follows: nil, epoch: 0, sequence: 257)
            _ = b.take(RightsRequestOrder(head: head, kind: .erasure, channel: "page"), since: 0, at: now)
            try await save(["a": a, "b": b], in: pool)
            #expect(try await load() == ["a": a.saved, "b": b.saved])
            (a, b) = (a.saved, b.saved)
            _ = a.request(
                RightsRequest(id: id(), kind: .erasure, channel: "email", createdAt: now + day), by: "crm")
            let next = OrderHead(order: id(), follows: head.order, epoch: 0, sequence: 513)
            _ = b.take(RightsRequestOrder(head: next, kind: .erasure, channel: "page"), since: 0, at: now)
            try await save(["a": a, "b": b], in: pool)
            #expect(try await load() == ["a": a.saved, "b": b.saved])
            #expect(b.requests.count == 1 && b.orders[.erasure]?.id == next.order)
        }
    }

    @Test("E1 pages follow one another by due date without gap or repetition, and the last has no next")
    func paging() async throws {
        try await TestDatabase.withSchema(migrations) { pool in
            // Many are due at the same moment.
            var expected: [(Timestamp, String)] = []
            for number in 0..<60 {
                let contact = contact(number % 2 == 0 ? .access : .erasure, now - day * (number % 7))
                try await save(["c-\(number)": contact], in: pool)
                expected += contact.requests.map { ($0.dueAt, $0.id.text) }
            }
            let ids = expected.sorted { $0 < $1 }.map(\.1)
            for limit in [1, 7, 60, 10_000] {
                var pages: [[String]] = []
                var after: JSON = .null
                repeat {
                    let page = try await list(["limit": .number("\(limit)"), "after": after], in: pool)
                    pages.append(page.requests.compactMap { $0["request"]?.text })
                    after = page.next.map { .string($0) } ?? .null
                } while after != .null
                #expect(pages.flatMap(\.self) == ids)
                #expect(pages.dropLast().allSatisfy { $0.count == limit } && pages.last?.isEmpty == false)
            }
        }
    }

    @Test("E1 a request is shown with its history; an ended one is neither due soon nor overdue")
    func shown() async throws {
        try await TestDatabase.withSchema(migrations) { pool in
            let contact = contact(.access, now - day * 40)
            try await save(["c-1": contact], in: pool)
            let id = try #require(contact.requests.first?.id)
            _ = try await pool.run([
                Statement(
                    "INSERT INTO rights_request_event (request, at, what, by, reason) VALUES ($1, $2, 'held', 'ann', $3)",
                    [.uuid(id), .timestamp(now.microseconds), .text("Case 12")])
            ])
            let request: JSON = [
                "request": .string(id.text), "contact": "c-1", "kind": "access", "state": "open",
                "dueAt": "2026-11-14T10:00:00.000Z", "dueSoon": false, "overdue": true, "participants": [:],
                "history": [
                    ["at": "2026-10-14T10:00:00.000Z", "what": "requested", "by": "crm"],
                    ["at": "2026-11-23T10:00:00.000Z", "what": "held", "by": "ann", "reason": "Case 12"],
                ],
            ]
            #expect(try await list([:], in: pool).requests == [request])
            _ = try await pool.run([Statement("UPDATE rights_request SET state = 'completed'")])
            let ended = try await list(["state": "completed"], in: pool).requests
            #expect(ended.map { $0["overdue"] } == [false] && ended.map { $0["dueSoon"] } == [false])
            #expect(try await list(["state": "overdue"], in: pool).requests.isEmpty)
        }
    }

    @Test("E1 requests are chosen by state and kind; due soon is within seven days")
    func filters() async throws {
        try await TestDatabase.withSchema(migrations) { pool in
            let made = [
                "late": "2026-10-23T09:59:59Z", "due": "2026-10-23T10:00:00Z", "soon": "2026-10-30T09:59:59Z",
                "later": "2026-10-30T10:00:00Z", "new": "2026-11-23T10:00:00Z",
            ]
            for (name, text) in made {
                let time = try #require(Timestamp(rfc3339: text))
                try await save([name: contact(name == "new" ? .access : .erasure, time)], in: pool)
            }
            func names(_ data: JSON) async throws -> [String] {
                try await list(data, in: pool).requests.compactMap { $0["contact"]?.text }
            }
            #expect(try await names([:]) == ["late", "due", "soon", "later", "new"])
            #expect(try await names(["state": "open"]) == ["late", "due", "soon", "later", "new"])
            #expect(try await names(["state": "due-soon"]) == ["due", "soon"])
            #expect(try await names(["state": "overdue"]) == ["late"])
            #expect(try await names(["state": "completed"]) == [])
            #expect(try await names(["kind": "access"]) == ["new"])
            #expect(try await names(["kind": "erasure", "state": "open"]) == ["late", "due", "soon", "later"])
            let shown = try await list([:], in: pool).requests
            #expect(shown.map { $0["dueSoon"] } == [false, true, true, false, false])
            #expect(shown.map { $0["overdue"] } == [true, false, false, false, false])
        }
    }

    @Test("E1 a history of any length fits in a reply, and a page that would not fit ends early")
    func large() async throws {
        try await TestDatabase.withSchema(migrations) { pool in
            for name in ["a", "b", "c"] { try await save([name: contact(.access, now)], in: pool) }
            _ = try await pool.run([
                Statement(
                    """
                    INSERT INTO rights_request_event (request, at, what, by, reason)
                    SELECT id, to_timestamp(n), 'held', 'ann', repeat(E'\\u0001', 4096)
                    FROM rights_request, generate_series(1, 100) AS n
                    """)
            ])
            var found: [JSON] = []
            var after: JSON = .null
            repeat {
                let page = try await list(["after": after], in: pool)
                #expect(page.requests.count >= 1)
                found += page.requests
                after = page.next.map { .string($0) } ?? .null
            } while after != .null && found.count < 10
            #expect(Set(found.compactMap { $0["contact"]?.text }) == ["a", "b", "c"] && found.count == 3)
            #expect(found.allSatisfy { $0["history"]?.elements?.count == 20 })
            #expect(found[0]["history"]?.elements?.last?["at"] == "1970-01-01T00:01:40.000Z")
        }
    }

    @Test("cursors and limits of nobody's are refused with their place")
    func refusals() throws {
        let wrongs: [(JSON, String)] = [
            (["state": "held"], "/data/state"), (["kind": "copy"], "/data/kind"), (["limit": 0], "/data/limit"),
            (["limit": 10_001], "/data/limit"), (["after": ""], "/data/after"), (["after": "%"], "/data/after"),
            (["after": "OTIyMzM3MjAzNjg1NDc3NTgwNy8wMTk"], "/data/after"),
        ]
        for (data, pointer) in wrongs {
            let refusal = #expect(throws: Refusal.self) {
                try ErasureList(reading: try Reader(strictly: data, at: "/data"))
            }
            #expect(refusal?.code == .invalidField && refusal?.pointer == pointer)
        }
        let cursor = RequestList.Cursor(dueAt: now, request: id())
        #expect(RequestList.Cursor(cursor.text) == cursor)
        for text in ["9223372036854775807", "-1", "x", ""] {
            let forged = Base64URL.encode(Array("\(text)/\(id().text)".utf8))
            #expect(RequestList.Cursor(forged) == nil)
        }
    }

    @Test(
        "each list is read from an index in its order",
        arguments: [
            ([:], "rights_request_due"), (["state": "open"], "rights_request_open"),
            (["state": "due-soon", "kind": "erasure"], "rights_request_open"),
            (["state": "overdue"], "rights_request_open"), (["state": "completed"], "rights_request_due"),
        ] as [(JSON, String)])
    func plans(data: JSON, index: String) async throws {
        try await TestDatabase.withSchema(migrations) { pool in
            _ = try await pool.run([
                Statement(
                    """
                    INSERT INTO rights_request (id, contact, kind, channel, state, created_at, due_at)
                    SELECT gen_random_uuid(), 'c-' || n, 'access', 'page',
                        CASE WHEN n % 20 = 0 THEN 'open' ELSE 'completed' END, now(),
                        timestamptz '2026-11-23 10:00Z' + n * interval '1 minute'
                    FROM generate_series(1, 30000) AS n
                    """),
                Statement("ANALYZE rights_request"),
            ])
            let statement = try ErasureList(reading: try Reader(data, at: "/data")).list.statement(at: now)
            let plan = try await pool.run([Statement(varying: "EXPLAIN " + statement.sql, statement.parameters)])[0]
            let text = try plan.map { try $0.text(0) }.joined(separator: "\n")
            #expect(text.contains(index) && !text.contains("Seq Scan"), "\(text)")
        }
    }
}
