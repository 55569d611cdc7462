import FoundationEssentials
package import Models
package import PostgreSQL

/// Loads and saves the order books of contacts in the tables `sent_order` and `order_in_force`.
package enum OrderTable {
    private static let loadSent = """
        SELECT contact, id, topic, type, data, note, epoch, sequence, follows, request_id, request_source, request_type,
            ARRAY (SELECT r.queue FROM sent_order_reply AS r WHERE r.sent_order = o.id ORDER BY r.number),
            ARRAY (SELECT r.correlation FROM sent_order_reply AS r WHERE r.sent_order = o.id ORDER BY r.number)
        FROM sent_order AS o WHERE contact = ANY ($1::text[]) ORDER BY place
        """
    private static let loadHeard = """
        SELECT contact, topic, order_id, sequence, state, answer FROM order_in_force WHERE contact = ANY ($1::text[])
        """
    private static let insert = """
        INSERT INTO sent_order (id, contact, topic, type, data, note, epoch, sequence, follows, request_id,
            request_source, request_type, ordered_at)
        SELECT o.id, o.contact, o.topic, o.type, o.data, o.note, o.epoch, o.sequence, o.follows, o.request_id,
            o.request_source, o.request_type, now()
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
            $8::bigint[], $9::uuid[], $10::uuid[], $11::text[], $12::text[]) WITH ORDINALITY
            AS o (id, contact, topic, type, data, note, epoch, sequence, follows, request_id, request_source,
                request_type, place)
        ORDER BY o.place
        """
    private static let insertReplies = """
        INSERT INTO sent_order_reply (sent_order, queue, correlation)
        SELECT w.sent_order, w.queue, w.correlation
        FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS w (sent_order, queue, correlation, place)
        ORDER BY w.place
        """
    private static let update = """
        UPDATE sent_order AS o SET epoch = n.epoch, sequence = n.sequence, follows = n.follows, ordered_at = now()
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[]) AS n (id, epoch, sequence, follows)
        WHERE o.id = n.id
        """
    private static let delete = "DELETE FROM sent_order WHERE id = ANY ($1::uuid[])"
    private static let saveHeard = """
        INSERT INTO order_in_force (contact, topic, order_id, sequence, state, answer)
        SELECT h.* FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[]) AS h
        ON CONFLICT (contact, topic) DO UPDATE SET order_id = excluded.order_id, sequence = excluded.sequence,
            state = excluded.state, answer = excluded.answer
        """

    /// Returns the two statements that read the order books.
    package static func loading(of contacts: [String]) -> [Statement] {
        [Statement(loadSent, [.texts(contacts)]), Statement(loadHeard, [.texts(contacts)])]
    }

    /// Parses the result rows of `loading`.
    package static func books(from rows: ArraySlice<Rows>) throws -> [String: OrderBook] {
        guard rows.count == 2, let sent = rows.first, let heard = rows.last else { return [:] }
        var waiting: [String: [PlacedOrder]] = [:]
        for row in sent { waiting[try row.text(0), default: []].append(try order(row)) }
        var inForce: [String: [String: OrderBook.Heard]] = [:]
        for row in heard {
            inForce[try row.text(0), default: [:]][try row.text(1)] = OrderBook.Heard(
                inForce: OrderInForce(
                    order: try row.optionalUUID(2), sequence: try row.int64(3), state: try row.text(4)),
                answer: try row.int64(5))
        }
        return Set(waiting.keys).union(inForce.keys).reduce(into: [:]) { books, contact in
            books[contact] = OrderBook(waiting: waiting[contact] ?? [], heard: inForce[contact] ?? [:])
        }
    }

    private static func order(_ row: Row) throws -> PlacedOrder {
        let replies = zip(try row.textArray(12), try row.nullableTextArray(13)).map {
            KeptRequest.Reply(queue: $0, correlation: $1)
        }
        return PlacedOrder(
            id: try row.uuid(1), topic: try row.text(2), type: try row.text(3),
            data: try JSON(parsing: Array(try row.text(4).utf8)), note: try JSON(parsing: Array(try row.text(5).utf8)),
            request: KeptRequest(
                id: try row.uuid(9), source: try row.text(10), type: try row.text(11), replies: replies),
            epoch: try row.int64(6), sequence: try row.int64(7), follows: try row.optionalUUID(8))
    }

    /// Returns the statements that save the changes of the books. Most batches change none and need no statement.
    package static func saving(_ books: [(contact: String, book: OrderBook)]) -> [Statement] {
        var statements: [Statement] = []
        let placed = books.flatMap { contact, book in
            book.waiting.filter { book.changes.placed.contains($0.id) }.map { (contact, $0) }
        }
        if !placed.isEmpty { statements += saving(placed) }
        let changed = books.flatMap { _, book in
            book.waiting.filter { book.changes.renumbered.contains($0.id) && !book.changes.placed.contains($0.id) }
        }
        if !changed.isEmpty {
            statements.append(
                Statement(
                    update,
                    [
                        .uuids(changed.map(\.id)), .int8s(changed.map(\.epoch)), .int8s(changed.map(\.sequence)),
                        .uuids(changed.map(\.follows)),
                    ]))
        }
        let waiters = books.flatMap { _, book in
            book.changes.waiters.filter { !book.changes.placed.contains($0.order) }
        }
        if !waiters.isEmpty { statements.append(saving(waiters.map { ($0.order, $0.reply) })) }
        let settled = books.flatMap(\.book.changes.settled)
        if !settled.isEmpty { statements.append(Statement(delete, [.uuids(settled)])) }
        return statements + savingHeard(books)
    }

    private static func saving(_ placed: [(contact: String, order: PlacedOrder)]) -> [Statement] {
        let orders = placed.map(\.order)
        let insertion = Statement(
            insert,
            [
                .uuids(orders.map(\.id)), .texts(placed.map(\.contact)), .texts(orders.map(\.topic)),
                .texts(orders.map(\.type)), .texts(orders.map(\.data.serialized)),
                .texts(orders.map(\.note.serialized)), .int8s(orders.map(\.epoch)), .int8s(orders.map(\.sequence)),
                .uuids(orders.map(\.follows)), .uuids(orders.map(\.request.id)),
                .texts(orders.map(\.request.source)), .texts(orders.map(\.request.type)),
            ])
        let replies = orders.flatMap { order in order.request.replies.map { (order.id, $0) } }
        return [insertion] + (replies.isEmpty ? [] : [saving(replies)])
    }

    private static func saving(_ replies: [(order: UUID, reply: KeptRequest.Reply)]) -> Statement {
        Statement(
            insertReplies,
            [
                .uuids(replies.map(\.order)), .texts(replies.map(\.reply.queue)),
                .texts(replies.map(\.reply.correlation)),
            ])
    }

    private static func savingHeard(_ books: [(contact: String, book: OrderBook)]) -> [Statement] {
        let heard = books.flatMap { contact, book in
            book.changes.heard.sorted().compactMap { topic in book.heard[topic].map { (contact, topic, $0) } }
        }
        guard !heard.isEmpty else { return [] }
        return [
            Statement(
                saveHeard,
                [
                    .texts(heard.map(\.0)), .texts(heard.map(\.1)), .uuids(heard.map(\.2.inForce.order)),
                    .int8s(heard.map(\.2.inForce.sequence)), .texts(heard.map(\.2.inForce.state)),
                    .int8s(heard.map(\.2.answer)),
                ])
        ]
    }
}
