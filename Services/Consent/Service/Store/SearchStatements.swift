import Models
import PostgreSQL

/// The statements by which contacts behind an id that meet a condition are found, in the order of their ids. All with
/// a condition are varying, as conditions are: the plan is made for the values, since those decide about indexes.
struct SearchStatements {
    /// Local to the pipeline, which is a transaction.
    private static let within = "SELECT set_config('statement_timeout', $1, true)"
    private static let indexed = """
        SELECT set_config('statement_timeout', $1, true), set_config('enable_indexscan', 'off', true)
        """
    private static let walking = "SELECT set_config('enable_bitmapscan', 'off', true)"
    /// No row: fewer are left.
    private static let border = """
        SELECT max(id) FROM (SELECT id FROM contact WHERE id > $1 ORDER BY id LIMIT $2) AS stretch
        HAVING count(*) = $2
        """

    let condition: Condition
    let limit: Int

    /// By whatever plan looks cheapest.
    func planned(after id: String) -> Statement {
        var sql = ConditionSQL(following: [.text(id), .int8(Int64(limit))])
        let text = sql.text(of: condition)
        return Statement(
            varying: "SELECT id FROM contact WHERE is_known AND id > $1 AND \(text) ORDER BY id LIMIT $2",
            sql.parameters)
    }

    /// All that an index names for a part of the condition, then the rest of the condition, then the order. CASE hides
    /// the rest from other indexes: each would be read to its end, however many it names.
    func indexed(by part: Condition, after id: String) -> Statement {
        var sql = ConditionSQL(following: [.text(id), .int8(Int64(limit))])
        let named = sql.text(of: part)
        let rest = sql.text(of: condition.without(part))
        return Statement(
            varying: """
                SELECT id FROM contact WHERE id > $1 AND \(named) AND CASE WHEN is_known THEN \(rest) ELSE FALSE END
                ORDER BY id LIMIT $2
                """,
            sql.parameters)
    }

    /// How many the planner expects an index to name; see `estimate(from:)`.
    func estimate(of part: Condition, after id: String) -> Statement {
        var sql = ConditionSQL(following: [.text(id)])
        let text = sql.text(of: part)
        return Statement(varying: "EXPLAIN SELECT id FROM contact WHERE id > $1 AND \(text)", sql.parameters)
    }

    /// The rows of the plan's first line.
    static func estimate(from plan: Rows) throws -> Int? {
        guard let line = try plan.first?.text(0), let word = line.firstRange(of: "rows=") else { return nil }
        return Int(line[word.upperBound...].prefix { $0.isWholeNumber })
    }

    /// Among the contacts up to the border; nil: all.
    func stretch(after id: String, to border: String?, limit: Int) -> Statement {
        var sql = ConditionSQL(following: [.text(id), .int8(Int64(limit)), .text(border)])
        let text = sql.text(of: condition)
        let end = border == nil ? "$3::text IS NULL" : "id <= $3"
        return Statement(
            varying: "SELECT id FROM contact WHERE is_known AND id > $1 AND \(end) AND \(text) ORDER BY id LIMIT $2",
            sql.parameters)
    }

    /// The last id of a stretch.
    static func border(after id: String, contacts: Int) -> Statement {
        Statement(border, [.text(id), .int8(Int64(contacts))])
    }

    /// Ends a pipeline whose statements have a limit of time. That may be reached while a query's parallel workers end,
    /// after its last row: the server tells it at what follows, which is to be a statement, not the pipeline's end.
    static let last = Statement("SELECT")

    /// The statements behind it in the pipeline take no longer each.
    static func within(_ time: Duration) -> Statement { Statement(within, [.text(milliseconds(time))]) }

    /// The same, and none walks in the order of ids.
    static func indexed(within time: Duration) -> Statement { Statement(indexed, [.text(milliseconds(time))]) }

    /// The statements behind it walk in the order of ids.
    static func inOrder() -> Statement { Statement(walking) }

    /// 0 would mean no limit.
    private static func milliseconds(_ time: Duration) -> String { "\(max(1, Int64(time / .milliseconds(1))))ms" }
}
