import FoundationEssentials
public import Models
public import PostgreSQL

/// What a service asks another when its database may have lost its last commits (X5): what the other knows that was
/// numbered in the part of its history that is gone.
public protocol Recall<State>: Sendable {
    /// What it decides on.
    associatedtype State: Aggregate
    /// The service that is asked.
    var peer: SuiteService { get }
    /// The question's type, on the exchange `internal`.
    var type: String { get }
    /// Without an answer nothing is served. Otherwise, where the server was only restarted and the other service is
    /// away, the service goes on without one.
    var isEssential: Bool { get }
    /// Keys of what contacts have in common that a decision needs.
    var sharedKeys: [String] { get }
    /// What is taken over gets numbers, as `Handler.takesNumbers` says.
    var takesNumbers: Bool { get }
    /// Whether it is asked after a mere restart of the server too, where nothing is lost as a rule.
    var followsRestart: Bool { get }
    /// By partition of the other service, the first of its numbers that may not have been heard; nil: what is asked for
    /// goes by the first numbers of this service's partitions that may be lost.
    func firstLost(_ pool: Pool) async throws -> [Int: Int64]?
    /// Takes over what is stricter than this service's own memory.
    func decide(
        _ item: RecalledItem, _ state: inout State, _ context: Context<State>
    ) throws(Refusal) -> [Effect]
}

extension Recall {
    /// None.
    public var sharedKeys: [String] { [] }
    /// It gets none.
    public var takesNumbers: Bool { false }
    /// It is.
    public var followsRestart: Bool { true }
    /// By this service's numbers.
    public func firstLost(_ pool: Pool) async throws -> [Int: Int64]? { nil }
}

/// One thing that the other service knows.
public struct RecalledItem: Sendable, Equatable {
    /// Whose.
    public let contact: ContactID
    /// What it is about, such as a field; empty where there is one thing only.
    public let topic: String
    /// The order in force.
    public let inForce: OrderInForce

    /// An item.
    public init(contact: ContactID, topic: String, inForce: OrderInForce) {
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

    /// As the answer has it.
    public var json: JSON {
        .object(
            [JSON.Member("contact", .string(contact.text)), JSON.Member("topic", .string(topic))]
                + (inForce.json.members ?? []))
    }
}

/// The question of a service whose database may have gone back.
public struct RecallQuestion: Sendable {
    /// Items in one answer of `QueryContext.answer`; a page that is full is followed by another.
    static let limit = 5000
    /// Items that an answer may have.
    static let mostItems = 100_000

    /// The asker's new epoch: what it said in an older one does not count any more.
    public let epoch: Int64
    /// By partition, the first number that may be lost.
    public let lost: [Int: Int64]
    /// Where the page before ended.
    public let after: String?

    init(epoch: Int64, lost: [Int: Int64], after: String?) {
        self.epoch = epoch
        self.lost = lost
        self.after = after
    }

    /// From `data`.
    public init(reading data: Reader) throws(Refusal) {
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

    /// `$1` and `$2`: partitions and first numbers; `$3`, `$4`: behind this contact and topic; `$5`: the limit.
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
    /// Answers a `RecallQuestion`. All partitions stand still meanwhile, so that no answer of the asker's lost history
    /// is taken after its new epoch was heard.
    ///
    /// - Parameters:
    ///   - statement: yields contact, topic, order's id, number and state, ordered by contact and topic, for the
    ///     parameters that `RecallQuestion` names.
    ///   - whileAsking: also answers while it asks another service itself.
    public func answer(
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
        // Ends early where more would not fit a reply.
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
