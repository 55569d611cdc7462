import Cryptography
import PostgreSQL
import VaultDomain

/// Values with their search hashes, as arrays for one statement of the key store (V5).
struct Postings: Sendable {
    private static let save = "SELECT save_postings($1, $2, $3, $4, $5, $6, $7)"
    private static let renew = "SELECT renew_postings($1, $2, $3, $4, $5, $6)"
    private static let require = "SELECT require_index_keys($1)"

    private let rules: String
    /// Ids of the keys of the hashes.
    var keys: Set<Int64> = []
    /// This array and the next three have one element per value.
    private(set) var contacts: [String] = []
    private var fields: [String] = []
    private var fresh: [String?] = []
    private var stamps: [Int64?] = []
    private var places: [Int32] = []
    private var hashes: [Int64] = []

    /// No values yet; `rules` identifies the visibility rules.
    init(rules: String = "") { self.rules = rules }

    /// Whether there is no value.
    var isEmpty: Bool { contacts.isEmpty }

    /// Adds a value stored at `stamp`; `fresh`: the wrapped key created for it.
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

    /// Checks that the keys still exist; must come first in the transaction.
    var requiring: [Statement] { keys.isEmpty ? [] : [Statement(Self.require, [.int8s(keys.sorted())])] }

    /// Saves the postings of values that a batch is about to write or remove.
    var saving: Statement {
        Statement(
            Self.save,
            [
                .texts(contacts), .texts(fields), .texts(fresh), .int8s(stamps), .int4s(places), .int8s(hashes),
                .text(rules),
            ])
    }

    /// Rebuilds the postings of stored values; postings older than `settled` that match no stored value are deleted.
    func renewing(settled: Int64) -> Statement {
        Statement(
            Self.renew,
            [.texts(contacts), .texts(fields), .int8s(stamps), .int4s(places), .int8s(hashes), .int8(settled)])
    }
}
