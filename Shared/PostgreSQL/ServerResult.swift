import CPostgreSQL

/// One `PGresult`, cleared at the end of its life.
struct ServerResult: ~Copyable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit { PQclear(pointer) }

    enum Status {
        case rows, done, pipelineEnd, skipped, refused, copy
    }

    /// `PQresultStatus`.
    var status: Status {
        switch PQresultStatus(pointer) {
        case PGRES_TUPLES_OK: .rows
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .done
        case PGRES_PIPELINE_SYNC: .pipelineEnd
        case PGRES_PIPELINE_ABORTED: .skipped
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: .copy
        default: .refused
        }
    }

    /// `PQcmdStatus`.
    var tag: String { PQcmdStatus(pointer).map { String(cString: $0) } ?? "" }

    /// Copies all values out, each byte once.
    func rows() -> Rows {
        let rowCount = PQntuples(pointer), columnCount = PQnfields(pointer)
        var fields: [RowStorage.Field] = []
        fields.reserveCapacity(Int(rowCount) * Int(columnCount))
        var byteCount = 0
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                let isNull = PQgetisnull(pointer, row, column) == 1
                let length = isNull ? 0 : Int(PQgetlength(pointer, row, column))
                fields.append(RowStorage.Field(start: byteCount, length: isNull ? -1 : length))
                byteCount += length
            }
        }
        return Rows(
            storage: RowStorage(
                rowCount: Int(rowCount),
                columnTypes: (0..<columnCount).map { TypeOID(rawValue: PQftype(pointer, $0)) },
                fields: fields, bytes: copiedBytes(fields, byteCount, columnCount: Int(columnCount)),
                affected: PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0, tag: tag))
    }

    private func copiedBytes(_ fields: [RowStorage.Field], _ byteCount: Int, columnCount: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
            for (index, field) in fields.enumerated() where field.length > 0 {
                let (row, column) = index.quotientAndRemainder(dividingBy: columnCount)
                guard let value = PQgetvalue(pointer, Int32(row), Int32(column)) else { continue }
                let target = UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[field.start...])
                target.copyMemory(from: UnsafeRawBufferPointer(start: value, count: field.length))
            }
            initializedCount = byteCount
        }
    }

    /// The server's error, by codes and names; its message is never read.
    func error(statementIndex: Int?) -> DatabaseError {
        let sqlState = text(assent_diag_sqlstate)
        let severity = text(assent_diag_severity)
        // libpq itself reports a lost connection as an error without SQLSTATE.
        let kind: DatabaseError.Kind =
            if severity == "FATAL" || severity == "PANIC" || sqlState == nil {
                .lost
            } else if sqlState == "57014" {
                .timedOut
            } else {
                .refused
            }
        var error = DatabaseError(kind, sqlState: sqlState)
        error.statementIndex = statementIndex
        error.constraint = text(assent_diag_constraint)
        error.table = text(assent_diag_table)
        error.column = text(assent_diag_column)
        error.position = text(assent_diag_position).flatMap { Int($0) }
        return error
    }

    private func text(_ field: Int32) -> String? {
        PQresultErrorField(pointer, field).map { String(cString: $0) }
    }
}
