import Foundation

/// Writes the parameters of one statement, in the binary format, into one buffer that is used again and again.
struct ParameterEncoder {
    /// The bytes that a buffer keeps between statements; a larger buffer is freed. Every connection has one buffer.
    private static let keptByteCount = 256 << 10

    private(set) var bytes: [UInt8] = []
    private var starts: [Int] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []
    private var pointers: [UnsafePointer<CChar>?] = []

    /// Replaces the content with these values.
    mutating func encode(_ parameters: [Parameter]) {
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptByteCount)
        starts.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        // One byte in front, so that the address of an empty value is never nil, which would mean NULL.
        bytes.append(0)
        for parameter in parameters {
            let start = bytes.count
            let isNull = append(parameter)
            starts.append(isNull ? -1 : start)
            lengths.append(Int32(clamping: bytes.count - start))
        }
    }

    /// Hands count, values, lengths and formats to a C call; the pointers are valid inside `body` only.
    mutating func withPointers<Value>(
        _ body: (Int32, [UnsafePointer<CChar>?], [Int32], [Int32]) -> Value
    ) -> Value {
        while formats.count < lengths.count { formats.append(1) }
        pointers.removeAll(keepingCapacity: true)
        return bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            for start in starts { pointers.append(start < 0 ? nil : base?.advanced(by: start)) }
            return body(Int32(lengths.count), pointers, lengths, formats)
        }
    }

    /// Appends a value without its length; returns whether it is NULL.
    private mutating func append(_ parameter: Parameter) -> Bool {
        switch parameter {
        case .text(let value), .jsonText(let value): return appendScalar(value) { $0.bytes.append(contentsOf: $1.utf8) }
        case .int4(let value): return appendScalar(value) { $0.appendBigEndian($1) }
        case .int8(let value): return appendScalar(value) { $0.appendBigEndian($1) }
        case .bool(let value): return appendScalar(value) { $0.bytes.append($1 ? 1 : 0) }
        case .uuid(let value): return appendScalar(value) { $0.append($1) }
        case .bytes(let value): return appendScalar(value) { $0.bytes.append(contentsOf: $1) }
        case .timestamp(let value): return appendScalar(value) { $0.appendBigEndian(Self.sinceYear2000($1)) }
        case .texts(let values): appendTexts(values)
        case .int4s(let values): appendArray(values, of: .int4, width: 4) { $0.appendBigEndian($1) }
        case .int8s(let values): appendArray(values, of: .int8, width: 8) { $0.appendBigEndian($1) }
        case .bools(let values): appendArray(values, of: .bool, width: 1) { $0.bytes.append($1 ? 1 : 0) }
        case .uuids(let values): appendArray(values, of: .uuid, width: 16) { $0.append($1) }
        case .byteArrays(let values): appendByteArrays(values)
        case .timestamps(let values):
            appendArray(values, of: .timestamptz, width: 8) { $0.appendBigEndian(Self.sinceYear2000($1)) }
        }
        return false
    }

    private mutating func appendScalar<Value>(
        _ value: Value?, _ append: (inout ParameterEncoder, Value) -> Void
    ) -> Bool {
        guard let value else { return true }
        append(&self, value)
        return false
    }

    private mutating func appendTexts(_ values: [String?]) {
        appendHeader(of: .text, count: values.count, hasNull: values.contains { $0 == nil })
        for value in values {
            guard let value else {
                appendBigEndian(Int32(-1))
                continue
            }
            appendBigEndian(Int32(clamping: value.utf8.count))
            bytes.append(contentsOf: value.utf8)
        }
    }

    private mutating func appendByteArrays(_ values: [[UInt8]?]) {
        appendHeader(of: .bytea, count: values.count, hasNull: values.contains { $0 == nil })
        for value in values {
            guard let value else {
                appendBigEndian(Int32(-1))
                continue
            }
            appendBigEndian(Int32(clamping: value.count))
            bytes.append(contentsOf: value)
        }
    }

    private mutating func appendArray<Value>(
        _ values: [Value?], of type: TypeOID, width: Int32, _ append: (inout ParameterEncoder, Value) -> Void
    ) {
        appendHeader(of: type, count: values.count, hasNull: values.contains { $0 == nil })
        for value in values {
            guard let value else {
                appendBigEndian(Int32(-1))
                continue
            }
            appendBigEndian(width)
            append(&self, value)
        }
    }

    /// Dimensions, has-NULL flag, element type, then count and lower bound (server source, `array_recv`).
    private mutating func appendHeader(of type: TypeOID, count: Int, hasNull: Bool) {
        appendBigEndian(Int32(count == 0 ? 0 : 1))
        appendBigEndian(Int32(hasNull ? 1 : 0))
        appendBigEndian(type.rawValue)
        guard count > 0 else { return }
        appendBigEndian(Int32(clamping: count))
        appendBigEndian(Int32(1))
    }

    private mutating func append(_ uuid: UUID) {
        withUnsafeBytes(of: uuid.uuid) { bytes.append(contentsOf: $0) }
    }

    private mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Converts to the server's epoch. A time before the server's range becomes one that it refuses (22008), and never
    /// its "-infinity".
    private static func sinceYear2000(_ microseconds: Int64) -> Int64 {
        let (value, overflow) = microseconds.subtractingReportingOverflow(microsecondsFrom1970To2000)
        return overflow ? Int64.min + 1 : value
    }
}
