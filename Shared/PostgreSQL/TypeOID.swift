/// The fixed object ids of the types in use (server source, `pg_type.dat`).
struct TypeOID: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt32

    static let bool = TypeOID(rawValue: 16)
    static let bytea = TypeOID(rawValue: 17)
    static let name = TypeOID(rawValue: 19)
    static let int8 = TypeOID(rawValue: 20)
    static let int2 = TypeOID(rawValue: 21)
    static let int4 = TypeOID(rawValue: 23)
    static let text = TypeOID(rawValue: 25)
    static let oid = TypeOID(rawValue: 26)
    static let json = TypeOID(rawValue: 114)
    static let unknown = TypeOID(rawValue: 705)
    static let bpchar = TypeOID(rawValue: 1042)
    static let varchar = TypeOID(rawValue: 1043)
    static let timestamptz = TypeOID(rawValue: 1184)
    static let uuid = TypeOID(rawValue: 2950)
    static let jsonb = TypeOID(rawValue: 3802)
    static let boolArray = TypeOID(rawValue: 1000)
    static let byteaArray = TypeOID(rawValue: 1001)
    static let int4Array = TypeOID(rawValue: 1007)
    static let textArray = TypeOID(rawValue: 1009)
    static let int8Array = TypeOID(rawValue: 1016)
    static let timestamptzArray = TypeOID(rawValue: 1185)
    static let uuidArray = TypeOID(rawValue: 2951)

    /// Whether values of the type are characters in the binary format. Ids from 16384 on are made by users: enums.
    var isText: Bool {
        switch self {
        case .text, .varchar, .bpchar, .name, .json, .jsonb, .unknown: true
        default: rawValue >= 16_384
        }
    }
}

/// PostgreSQL counts microseconds from 2000-01-01 UTC; this module counts from 1970.
let microsecondsFrom1970To2000: Int64 = 946_684_800_000_000
