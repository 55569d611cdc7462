package import Foundation

/// Arrays of one dimension. An array that is NULL throws; `nullable…` is for arrays whose elements may be NULL.
extension Row {
    /// A `text[]` or an array of an enum, without NULL elements.
    package func textArray(_ column: Int) throws(DatabaseError) -> [String] {
        try withoutNulls(nullableTextArray(column), column)
    }

    /// A `text[]` or an array of an enum.
    package func nullableTextArray(_ column: Int) throws(DatabaseError) -> [String?] {
        try array(column, of: \.isText) { value, type in
            String(decoding: type == .jsonb ? value.dropFirst() : value, as: UTF8.self)
        }
    }

    /// An array of `int2`, `int4` or `int8`, without NULL elements.
    package func int64Array(_ column: Int) throws(DatabaseError) -> [Int64] {
        try withoutNulls(nullableInt64Array(column), column)
    }

    /// An array of `int2`, `int4` or `int8`.
    package func nullableInt64Array(_ column: Int) throws(DatabaseError) -> [Int64?] {
        try array(column, of: { [.int2, .int4, .int8].contains($0) }) { value, _ in signedInteger(value) }
    }

    /// A `bool[]` without NULL elements.
    package func boolArray(_ column: Int) throws(DatabaseError) -> [Bool] {
        try withoutNulls(nullableBoolArray(column), column)
    }

    /// A `bool[]`.
    package func nullableBoolArray(_ column: Int) throws(DatabaseError) -> [Bool?] {
        try array(column, of: { $0 == .bool }) { value, _ in value.first != 0 }
    }

    /// A `uuid[]` without NULL elements.
    package func uuidArray(_ column: Int) throws(DatabaseError) -> [UUID] {
        try withoutNulls(nullableUUIDArray(column), column)
    }

    /// A `uuid[]`.
    package func nullableUUIDArray(_ column: Int) throws(DatabaseError) -> [UUID?] {
        try array(column, of: { $0 == .uuid }) { value, _ in uuidValue(value) }
    }

    /// A `bytea[]` without NULL elements.
    package func bytesArray(_ column: Int) throws(DatabaseError) -> [[UInt8]] {
        try withoutNulls(nullableBytesArray(column), column)
    }

    /// A `bytea[]`.
    package func nullableBytesArray(_ column: Int) throws(DatabaseError) -> [[UInt8]?] {
        try array(column, of: { $0 == .bytea }) { value, _ in Array(value) }
    }

    /// A `timestamptz[]` in microseconds since 1970 UTC, without NULL elements.
    package func timestampMicrosecondsArray(_ column: Int) throws(DatabaseError) -> [Int64] {
        try withoutNulls(nullableTimestampMicrosecondsArray(column), column)
    }

    /// A `timestamptz[]` in microseconds since 1970 UTC.
    package func nullableTimestampMicrosecondsArray(_ column: Int) throws(DatabaseError) -> [Int64?] {
        try array(column, of: { $0 == .timestamptz }) { value, _ throws(DatabaseError) in
            try since1970(value, column)
        }
    }

    private func withoutNulls<Value>(_ values: [Value?], _ column: Int) throws(DatabaseError) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(values.count)
        for value in values {
            guard let value else { throw .misuse("column \(column) has a NULL element") }
            result.append(value)
        }
        return result
    }

    /// Reads the binary form of an array (server source, `array_send`): header of 12 bytes, 8 per dimension, elements.
    private func array<Value>(
        _ column: Int, of accepts: (TypeOID) -> Bool,
        _ decode: (ArraySlice<UInt8>, TypeOID) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> [Value?] {
        // Only the type's id tells whether the column is an array: one of the fixed ids, or a user's type.
        let array = try required(value(column, where: Self.isArray), column).bytes
        guard array.count >= 12 else { throw .misuse("column \(column) is no array") }
        let start = array.startIndex
        let type = TypeOID(rawValue: bigEndian(array[(start + 8)..<(start + 12)], as: UInt32.self))
        let dimensions = bigEndian(array[start..<(start + 4)], as: Int32.self)
        guard accepts(type) else { throw .misuse("column \(column) has elements of type \(type.rawValue)") }
        guard dimensions > 0 else { return [] }
        guard dimensions == 1 else { throw .misuse("column \(column) has \(dimensions) dimensions") }
        let count = Int(bigEndian(array[(start + 12)..<(start + 16)], as: Int32.self))
        var values: [Value?] = []
        values.reserveCapacity(count)
        var position = start + 20
        for _ in 0..<count {
            let length = Int(bigEndian(array[position..<(position + 4)], as: Int32.self))
            position += 4
            guard length >= 0 else {
                values.append(nil)
                continue
            }
            values.append(try decode(array[position..<(position + length)], type))
            position += length
        }
        return values
    }

    /// The known array types: of bool, bytea, name, int2, int4, text, bpchar, varchar, int8, json, timestamptz, uuid,
    /// jsonb (`pg_type.dat`), and those of users' enums.
    private static func isArray(_ type: TypeOID) -> Bool {
        switch type.rawValue {
        case 1000, 1001, 1003, 1005, 1007, 1009, 1014, 1015, 1016, 199, 1185, 2951, 3807: true
        default: type.rawValue >= 16_384
        }
    }
}
