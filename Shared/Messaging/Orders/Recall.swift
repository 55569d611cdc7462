import FoundationEssentials
package import Models
package import PostgreSQL

/// A question to another service after this service's database may have lost its last commits (X5). The answer lists
/// the other service's knowledge from the part of the history that may be lost.
package protocol Recall<State>: Sendable {
    /// The state that a recalled item changes.
    associatedtype State: Aggregate
    /// The service to ask.
    var peer: SuiteService { get }
    /// The question's type, on the exchange `internal`.
    var type: String { get }
    /// Whether the service must wait for an answer. If not, and if the database server was only restarted, the service
    /// continues without an answer while the other service is down.
    var isEssential: Bool { get }
    /// The keys of shared values that `decide` needs.
    var sharedKeys: [String] { get }
    /// Whether `decide` gives out numbers, as with `Handler.takesNumbers`.
    var takesNumbers: Bool { get }
    /// Whether to ask after a mere restart of the database server too, which normally loses nothing.
    var followsRestart: Bool { get }
    /// Returns, by partition of the other service, its first number that this service may have lost. Nil: use the first
    /// lost numbers of this service's own partitions.
    func firstLost(_ pool: Pool) async throws -> [Int: Int64]?
    /// Takes over an item that is stricter than this service's state.
    func decide(
        _ item: RecalledItem, _ state: inout State, _ context: Context<State>
    ) throws(Refusal) -> [Effect]
}

extension Recall {
    /// Default: no shared keys.
    package var sharedKeys: [String] { [] }
    /// Default: no numbers.
    package var takesNumbers: Bool { false }
    /// Default: asks after a restart too.
    package var followsRestart: Bool { true }
    /// Default: this service's own numbers.
    package func firstLost(_ pool: Pool) async throws -> [Int: Int64]? { nil }
}

/// One item in the answer to a recall.
package struct RecalledItem: Sendable, Equatable {
    package let contact: ContactID
    /// The thing that the order is about, such as a field; empty if there is only one.
    package let topic: String
    /// The order in force.
    package let inForce: OrderInForce

    package init(contact: ContactID, topic: String, inForce: OrderInForce) {
        self.contact = contact
        self.topic = topic
        self.inForce = inForce
    }

    init(reading data: Reader) throws(Refusal) {
        guard let contact = ContactID(try data.text("contact")) else {
            throw data.refusal("contact", "must be a contact id")
        }
        self.contact = contact
        topic = try data.text("topic", limit: 128)
        inForce = try OrderInForce(reading: data)
    }

    /// The item as JSON in the answer.
    package var json: JSON {
        .object(
            [JSON.Member("contact", .string(contact.text)), JSON.Member("topic", .string(topic))]
                + (inForce.json.members ?? []))
    }
}

/// The data of a recall's question.
package struct RecallQuestion: Sendable {
    /// Items in one page of `QueryContext.answer`. After a full page, the asker requests the next one.
    static let limit = 5000
    /// Items that a page may have when it is read.
    static let mostItems = 100_000

    /// The asker's new epoch. Messages that it sent in an older epoch no longer count.
    package let epoch: Int64
    /// The first number that may be lost, by partition.
    package let lost: [Int: Int64]
    /// The end of the previous page.
    package let after: String?

    init(epoch: Int64, lost: [Int: Int64], after: String?) {
        self.epoch = epoch
        self.lost = lost
        self.after = after
    }

    /// Reads the question from `data`.
    package init(reading data: Reader) throws(Refusal) {
        epoch = try data.integer("epoch", in: 0...Int64.max)
        after = try data.optionalText("after", limit: 512)
        var lost: [Int: Int64] = [:]
        for (json, pointer) in try data.array("lost", limit: SequenceNumber.mostPartitions) {
            let reader = try Reader(json, at: pointer)
            lost[Int(try reader.integer("partition", in: 0...255))] = try reader.integer("from", in: 0...Int64.max)
        }
        self.lost = lost
    }

    var json: JSON {
        JSON(present: [
            "epoch": .number(String(epoch)), "after": .text(after),
            "lost": .array(
                lost.sorted { $0.key < $1.key }.map {
                    ["partition": .number(String($0.key)), "from": .number(String($0.value))]
                }),
        ])
    }

    /// The parameters of the statement. `$1` and `$2`: partitions and their first lost numbers; `$3` and `$4`: contact
    /// and topic at the end of the previous page; `$5`: the limit.
    var parameters: [Parameter] {
        let sorted = lost.sorted { $0.key < $1.key }
        let last = after?.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return [
            .int8s(sorted.map { Int64($0.key) }), .int8s(sorted.map(\.value)), .text(last?.first ?? ""),
            .text(last?.last ?? ""), .int8(Int64(Self.limit)),
        ]
    }
}

extension QueryContext {
    /// Answers a `RecallQuestion`. The transaction locks all partitions, so that no answer from the asker's lost
    /// history is processed after its new epoch is known.
    ///
    /// - Parameters:
    ///   - statement: returns contact, topic, the order's id, number and state, ordered by contact and topic, for the
    ///     parameters that `RecallQuestion` names.
    ///   - whileAsking: whether to answer while this service is itself recovering.
    package func answer(
        _ question: RecallQuestion, of asker: SuiteService, by statement: String, whileAsking: Bool
    ) async throws -> JSON {
        let (rows, heard) = try await pool.withConnection { connection -> (Rows, Int64) in
            let locked = try await connection.run([
                Statement("BEGIN"),
                Statement(
                    """
                    SELECT incarnation IS NOT DISTINCT FROM incarnation(), recover_from IS NULL
                    FROM partition ORDER BY number FOR UPDATE
                    """),
            ])[1]
            for row in locked {
                guard try row.bool(0) else { throw Refusal(.unavailable, "the database was restarted; ask again") }
                guard try whileAsking || row.bool(1) else {
                    throw Refusal(.unavailable, "the service asks another one itself; ask again")
                }
            }
            let results = try await connection.run([
                Statement(
                    """
                    INSERT INTO peer_epoch (service, epoch) VALUES ($1, $2)
                    ON CONFLICT (service) DO UPDATE SET epoch = greatest(peer_epoch.epoch, excluded.epoch)
                    RETURNING epoch
                    """, [.text(asker.rawValue), .int8(question.epoch)]),
                Statement(statement, question.parameters), Statement("COMMIT"),
            ])
            return (results[1], try results[0][0].int64(0))
        }
        // The page ends early if further items would exceed the size of a reply.
        var page = ReplyPage()
        var last = ""
        for row in rows {
            guard let contact = ContactID(try row.text(0)) else { continue }
            let item = RecalledItem(
                contact: contact, topic: try row.text(1),
                inForce: OrderInForce(
                    order: try row.optionalUUID(2), sequence: try row.int64(3), state: try row.text(4)))
            guard page.add(item.json) else { break }
            last = "\(contact.text)\n\(item.topic)"
        }
        let isLast = page.elements.count == rows.count && rows.count < RecallQuestion.limit
        let next = isLast || last.isEmpty ? nil : last
        return [
            "items": .array(page.elements), "next": .text(next) ?? .null, "heard": .number(String(heard)),
        ]
    }
}
