package import Foundation

/// One row. Columns are numbered from 0; reading a NULL or a column of another type throws (`misuse`).
package struct Row: Sendable {
    let storage: RowStorage
    let firstField: Int

    /// Whether the column is NULL.
    package func isNull(_ column: Int) throws(DatabaseError) -> Bool {
        try field(column).length < 0
    }

    /// A text, enum, `json` or `jsonb`.
    package func text(_ column: Int) throws(DatabaseError) -> String {
        try required(optionalText(column), column)
    }

    /// A text, enum, `json` or `jsonb`, or nil.
    package func optionalText(_ column: Int) throws(DatabaseError) -> String? {
        guard let (value, type) = try value(column, where: \.isText) else { return nil }
        // In the binary format a jsonb starts with its version, 1.
        return String(decoding: type == .jsonb ? value.dropFirst() : value, as: UTF8.self)
    }

    /// An `int2`, `int4`, `int8` or `oid`.
    package func int64(_ column: Int) throws(DatabaseError) -> Int64 {
        try required(optionalInt64(column), column)
    }

    /// An `int2`, `int4`, `int8` or `oid`, or nil.
    package func optionalInt64(_ column: Int) throws(DatabaseError) -> Int64? {
        guard let (value, type) = try value(column, where: { [.int2, .int4, .int8, .oid].contains($0) }) else {
            return nil
        }
        return type == .oid ? Int64(bigEndian(value, as: UInt32.self)) : signedInteger(value)
    }

    /// A `bool`.
    package func bool(_ column: Int) throws(DatabaseError) -> Bool {
        try required(optionalBool(column), column)
    }

    /// A `bool`, or nil.
    package func optionalBool(_ column: Int) throws(DatabaseError) -> Bool? {
        try value(column, where: { $0 == .bool })?.bytes.first.map { $0 != 0 }
    }

    /// A `uuid`.
    package func uuid(_ column: Int) throws(DatabaseError) -> UUID {
        try required(optionalUUID(column), column)
    }

    /// A `uuid`, or nil.
    package func optionalUUID(_ column: Int) throws(DatabaseError) -> UUID? {
        try value(column, where: { $0 == .uuid }).map { uuidValue($0.bytes) }
    }

    /// A `bytea`.
    package func bytes(_ column: Int) throws(DatabaseError) -> [UInt8] {
        try required(optionalBytes(column), column)
    }

    /// A `bytea`, or nil.
    package func optionalBytes(_ column: Int) throws(DatabaseError) -> [UInt8]? {
        try value(column, where: { $0 == .bytea }).map { Array($0.bytes) }
    }

    /// A `timestamptz` in microseconds since 1970 UTC; `infinity` is refused.
    package func timestampMicroseconds(_ column: Int) throws(DatabaseError) -> Int64 {
        try required(optionalTimestampMicroseconds(column), column)
    }

    /// A `timestamptz` in microseconds since 1970 UTC, or nil; `infinity` is refused.
    package func optionalTimestampMicroseconds(_ column: Int) throws(DatabaseError) -> Int64? {
        guard let (value, _) = try value(column, where: { $0 == .timestamptz }) else { return nil }
        return try since1970(value, column)
    }

    /// The bytes and type of a column, nil where NULL.
    func value(
        _ column: Int, where accepts: (TypeOID) -> Bool
    ) throws(DatabaseError) -> (bytes: ArraySlice<UInt8>, type: TypeOID)? {
        let field = try field(column)
        let type = storage.columnTypes[column]
        guard accepts(type) else { throw .misuse("column \(column) has type \(type.rawValue), another was asked for") }
        guard field.length >= 0 else { return nil }
        return (storage.bytes[field.start..<(field.start + field.length)], type)
    }

    func required<Value>(_ value: Value?, _ column: Int) throws(DatabaseError) -> Value {
        guard let value else { throw .misuse("column \(column) is NULL") }
        return value
    }

    func since1970(_ value: ArraySlice<UInt8>, _ column: Int) throws(DatabaseError) -> Int64 {
        let (time, overflow) = signedInteger(value).addingReportingOverflow(microsecondsFrom1970To2000)
        // The server's "-infinity" is the smallest number and does not overflow.
        guard !overflow, time >= Int64.min + 2 * microsecondsFrom1970To2000 else {
            throw .misuse("column \(column) is infinite")
        }
        return time
    }

    private func field(_ column: Int) throws(DatabaseError) -> RowStorage.Field {
        guard storage.columnTypes.indices.contains(column) else { throw .misuse("there is no column \(column)") }
        return storage.fields[firstField + column]
    }
}

func signedInteger(_ value: ArraySlice<UInt8>) -> Int64 {
    switch value.count {
    case 2: Int64(bigEndian(value, as: Int16.self))
    case 4: Int64(bigEndian(value, as: Int32.self))
    default: bigEndian(value, as: Int64.self)
    }
}

func bigEndian<Number: FixedWidthInteger>(_ value: ArraySlice<UInt8>, as type: Number.Type) -> Number {
    value.withUnsafeBytes { Number(bigEndian: $0.loadUnaligned(as: Number.self)) }
}

func uuidValue(_ value: ArraySlice<UInt8>) -> UUID {
    UUID(uuid: value.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) })
}
