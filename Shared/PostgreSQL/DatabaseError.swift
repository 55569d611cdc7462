/// An error of the database, without the server's text, which may contain values.
package struct DatabaseError: Error, Sendable, Equatable {
    /// The sort of failure.
    package enum Kind: Sendable, Equatable {
        /// No connection could be opened.
        case unreachable
        /// The connection ended. Whether a COMMIT that was under way took effect is unknown.
        case lost
        /// A timeout was reached, on the server or on this side.
        case timedOut
        /// The server refused a statement.
        case refused
        /// The call or the reading of a result was wrong: an error in the program.
        case misuse
        /// The calling task was cancelled while it waited for a connection.
        case cancelled
    }

    /// The sort of failure.
    package let kind: Kind
    /// The five characters of SQLSTATE, where the server gave them.
    package let sqlState: String?
    /// Which statement of the pipeline failed, from 0.
    package internal(set) var statementIndex: Int?
    /// The name of the violated constraint.
    package internal(set) var constraint: String?
    /// The name of the table concerned.
    package internal(set) var table: String?
    /// The name of the column concerned.
    package internal(set) var column: String?
    /// The error's position in the statement's text, in characters from 1.
    package internal(set) var position: Int?
    /// A constant text, with numbers and names at most.
    package internal(set) var reason: String
    /// Whether the statement was prepared before the schema changed: prepared anew, it may succeed.
    var planIsStale = false

    init(_ kind: Kind, sqlState: String? = nil, reason: String = "") {
        self.kind = kind
        self.sqlState = sqlState
        self.reason = reason
    }

    static func misuse(_ reason: String) -> DatabaseError {
        DatabaseError(.misuse, reason: reason)
    }

    /// Whether a retry may succeed without a change of program or data.
    package var isRetriable: Bool {
        switch kind {
        case .unreachable, .timedOut: true
        case .lost: sqlState != "57P04"
        case .refused: planIsStale || Self.isTransient(sqlState ?? "")
        case .misuse, .cancelled: false
        }
    }

    /// Connection (08), resources (53), shut-down (57P01 to 57P03), I/O (58), read-only standby, serialization,
    /// deadlock, lock not available.
    private static func isTransient(_ sqlState: String) -> Bool {
        if ["08", "53", "58"].contains(sqlState.prefix(2)) { return true }
        return ["57P01", "57P02", "57P03", "25006", "40001", "40P01", "55P03", "26000"].contains(sqlState)
    }
}

extension DatabaseError: CustomStringConvertible {
    /// Kind, SQLSTATE, index and names; never a value.
    package var description: String {
        var text = "database: \(kind)"
        if let sqlState { text += " \(sqlState)" }
        if let statementIndex { text += ", statement \(statementIndex)" }
        if let position { text += ", at character \(position)" }
        if let table { text += ", table \(table)" }
        if let column { text += ", column \(column)" }
        if let constraint { text += ", constraint \(constraint)" }
        if !reason.isEmpty { text += ": \(reason)" }
        return text
    }
}
