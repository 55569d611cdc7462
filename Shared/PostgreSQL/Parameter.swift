package import Foundation

/// A bound value, sent in PostgreSQL's binary format. Arrays have one dimension and serve `unnest`.
package enum Parameter: Sendable {
    /// A `text`.
    case text(String?)
    /// An `int4`.
    case int4(Int32?)
    /// An `int8`.
    case int8(Int64?)
    /// A `bool`.
    case bool(Bool?)
    /// A `uuid`.
    case uuid(UUID?)
    /// A `bytea`.
    case bytes([UInt8]?)
    /// A `timestamptz` in microseconds since 1970 UTC.
    case timestamp(Int64?)
    /// JSON bound as `text`; the SQL casts it: `$1::jsonb`.
    case jsonText(String?)
    /// A `text[]`; for JSON the SQL casts it: `$1::jsonb[]`.
    case texts([String?])
    /// An `int4[]`.
    case int4s([Int32?])
    /// An `int8[]`.
    case int8s([Int64?])
    /// A `bool[]`.
    case bools([Bool?])
    /// A `uuid[]`.
    case uuids([UUID?])
    /// A `bytea[]`.
    case byteArrays([[UInt8]?])
    /// A `timestamptz[]` in microseconds since 1970 UTC.
    case timestamps([Int64?])

    /// The type that the parameter has on the server.
    var typeOID: TypeOID {
        switch self {
        case .text, .jsonText: .text
        case .int4: .int4
        case .int8: .int8
        case .bool: .bool
        case .uuid: .uuid
        case .bytes: .bytea
        case .timestamp: .timestamptz
        case .texts: .textArray
        case .int4s: .int4Array
        case .int8s: .int8Array
        case .bools: .boolArray
        case .uuids: .uuidArray
        case .byteArrays: .byteaArray
        case .timestamps: .timestamptzArray
        }
    }
}
