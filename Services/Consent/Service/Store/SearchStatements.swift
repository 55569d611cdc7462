import Models
import PostgreSQL

/// The statements that find the contacts after an id that meet a condition, in the order of ids. Statements with a
/// condition are `varying`: they are planned for their values, because the values decide which index helps.
struct SearchStatements {
    /// The settings are local to the pipeline, which is one transaction.
    private static let within = "SELECT set_config('statement_timeout', $1, true)"
    private static let indexed = """
        SELECT set_config('statement_timeout', $1, true), set_config('enable_indexscan', 'off', true)
        """
    private static let walking = "SELECT set_config('enable_bitmapscan', 'off', true)"
    /// Returns no row if fewer contacts are left.
    private static let border = """
        SELECT max(id) FROM (SELECT id FROM contact WHERE id > $1 ORDER BY id LIMIT $2) AS stretch
        HAVING count(*) = $2
        """

    let condition: Condition
    let limit: Int

    /// Lets the planner choose the plan.
    func planned(after id: String) -> Statement {
        var sql = ConditionSQL(following: [.text(id), .int8(Int64(limit))])
        let text = sql.text(of: condition)
        return Statement(
            varying: "SELECT id FROM contact WHERE is_known AND id > $1 AND \(text) ORDER BY id LIMIT $2",
            sql.parameters)
    }

    /// Reads all contacts that an index finds for a part of the condition, filters by the rest, then sorts. CASE hides
    /// the rest from other indexes, which would otherwise be read in full.
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

    /// Asks the planner how many contacts it expects for a part; see `estimate(from:)`.
    func estimate(of part: Condition, after id: String) -> Statement {
        var sql = ConditionSQL(following: [.text(id)])
        let text = sql.text(of: part)
        return Statement(varying: "EXPLAIN SELECT id FROM contact WHERE id > $1 AND \(text)", sql.parameters)
    }

    /// The row estimate in the plan's first line.
    static func estimate(from plan: Rows) throws -> Int? {
        guard let line = try plan.first?.text(0), let word = line.firstRange(of: "rows=") else { return nil }
        return Int(line[word.upperBound...].prefix { $0.isWholeNumber })
    }

    /// Searches the contacts up to the border; nil: all.
    func stretch(after id: String, to border: String?, limit: Int) -> Statement {
        var sql = ConditionSQL(following: [.text(id), .int8(Int64(limit)), .text(border)])
        let text = sql.text(of: condition)
        let end = border == nil ? "$3::text IS NULL" : "id <= $3"
        return Statement(
            varying: "SELECT id FROM contact WHERE is_known AND id > $1 AND \(end) AND \(text) ORDER BY id LIMIT $2",
            sql.parameters)
    }

    /// Finds the last id of a stretch.
    static func border(after id: String, contacts: Int) -> Statement {
        Statement(border, [.text(id), .int8(Int64(contacts))])
    }

    /// Ends a pipeline that has a statement timeout. The timeout may expire while a query's parallel workers stop,
    /// after its last row; the server then reports it on the next message, which must be a statement and not the
    /// pipeline's end.
    static let last = Statement("SELECT")

    /// Limits the time of each later statement in the pipeline.
    static func within(_ time: Duration) -> Statement { Statement(within, [.text(milliseconds(time))]) }

    /// Limits the time of each later statement, and forbids walking in the order of ids.
    static func indexed(within time: Duration) -> Statement { Statement(indexed, [.text(milliseconds(time))]) }

    /// Makes the later statements walk in the order of ids.
    static func inOrder() -> Statement { Statement(walking) }

    /// At least 1 ms, because 0 means no limit.
    private static func milliseconds(_ time: Duration) -> String { "\(max(1, Int64(time / .milliseconds(1))))ms" }
}
