/// The state of one pipeline: the statements sent, in order, and the results received.
///
/// libpq gives each step's results, then nil, and after the last step the pipeline's end.
struct Pipeline {
    enum Step {
        case prepare(Int), execute(Int)

        var statementIndex: Int {
            switch self {
            case .prepare(let index), .execute(let index): index
            }
        }
    }

    private let statements: [Statement]
    private let steps: [Step]
    private var current = 0
    private var rows: [Rows?]
    private var isFailedAtEnd = false

    /// How many steps were handed to libpq, and whether the end was.
    var sentSteps = 0, isEndSent = false
    /// The statements whose preparation the server has confirmed.
    private(set) var prepared: [Int] = []
    private(set) var failure: DatabaseError?
    private(set) var isComplete = false

    init(_ statements: [Statement], steps: [Step]) {
        self.statements = statements
        self.steps = steps
        rows = Array(repeating: nil, count: statements.count)
    }

    /// Whether libpq still has to return a result. A call for more returns nil, which would look like a step's end.
    var isOwedResult: Bool { !isComplete && (current < sentSteps || isEndSent) }

    /// Takes the next result, or the nil that ends a step.
    mutating func accept(_ result: consuming ServerResult?) {
        guard let result else {
            // An error that belongs to no step, such as a deferred constraint's, comes before the pipeline's end and
            // ends with a nil of its own.
            if current == steps.count, isFailedAtEnd {
                isFailedAtEnd = false
                return
            }
            current += 1
            if current > steps.count {
                failure = DatabaseError(.lost, reason: "the pipeline is out of step")
                isComplete = true
            }
            return
        }
        let step = current < steps.count ? steps[current] : nil
        switch result.status {
        case .pipelineEnd: isComplete = true
        case .skipped: break
        case .refused:
            isFailedAtEnd = step == nil
            fail(result.error(statementIndex: step?.statementIndex))
        case .copy: fail(.misuse("COPY has no place in a pipeline"))
        case .rows, .done:
            switch step {
            case .prepare(let index): prepared.append(index)
            case .execute(let index): finish(index, result.rows())
            case nil: fail(.misuse("a result without a statement"))
            }
        }
    }

    /// The results, once complete and without failure.
    func results() throws(DatabaseError) -> [Rows] {
        if let failure { throw failure }
        let results = rows.compactMap(\.self)
        guard isComplete, results.count == rows.count else { throw DatabaseError(.lost, reason: "results are missing") }
        return results
    }

    private mutating func finish(_ index: Int, _ result: Rows) {
        rows[index] = result
        // A COMMIT of a failed transaction is answered with ROLLBACK and no error.
        guard result.tag == "ROLLBACK", !Self.asksForRollback(statements[index].sql) else { return }
        var error = DatabaseError(.refused, sqlState: "25P02", reason: "COMMIT was answered with ROLLBACK")
        error.statementIndex = index
        fail(error)
    }

    private static func asksForRollback(_ sql: String) -> Bool {
        let word = sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
        return word == "ROLLBACK" || word == "ABORT"
    }

    private mutating func fail(_ error: DatabaseError) {
        if failure == nil { failure = error }
    }
}
