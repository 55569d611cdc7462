import Cryptography
import PostgreSQL
import VaultDomain

/// Values with the hashes by which they are found, for one statement of the key store (V5).
struct Postings: Sendable {
    private static let save = "SELECT save_postings($1, $2, $3, $4, $5, $6, $7)"
    private static let renew = "SELECT renew_postings($1, $2, $3, $4, $5, $6)"
    private static let require = "SELECT require_index_keys($1)"

    private let rules: String
    /// Ids of the keys of the hashes.
    var keys: Set<Int64> = []
    /// A value a place, here and in the next three.
    private(set) var contacts: [String] = []
    private var fields: [String] = []
    private var fresh: [String?] = []
    private var stamps: [Int64?] = []
    private var places: [Int32] = []
    private var hashes: [Int64] = []

    /// None yet, by the rules that are named.
    init(rules: String = "") { self.rules = rules }

    /// Whether there is nothing to say of any value.
    var isEmpty: Bool { contacts.isEmpty }

    /// A value as it is stored at `stamp`; `fresh`: the wrapped key that was made for it.
    mutating func add(
        contact: String, field: FieldName, fresh key: [UInt8]? = nil, stamp: Int64?, hashes found: [Int64]
    ) {
        contacts.append(contact)
        fields.append(field.text)
        fresh.append(key.map { Base64URL.encode($0) })
        stamps.append(stamp)
        places += found.map { _ in Int32(contacts.count) }
        hashes += found
    }

    /// Comes first in the transaction.
    var requiring: [Statement] { keys.isEmpty ? [] : [Statement(Self.require, [.int8s(keys.sorted())])] }

    /// Of values that a batch is about to write or remove.
    var saving: Statement {
        Statement(
            Self.save,
            [
                .texts(contacts), .texts(fields), .texts(fresh), .int8s(stamps), .int4s(places), .int8s(hashes),
                .text(rules),
            ])
    }

    /// Of values that are stored; what is older than `settled` and belongs to none of them goes.
    func renewing(settled: Int64) -> Statement {
        Statement(
            Self.renew,
            [.texts(contacts), .texts(fields), .int8s(stamps), .int4s(places), .int8s(hashes), .int8(settled)])
    }
}
