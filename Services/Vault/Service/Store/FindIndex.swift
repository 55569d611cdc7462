import Cryptography
import Keys
import Models
import PostgreSQL
import VaultDomain

/// Computes the hashes by which values are found (V5), for writing and for searching.
struct FindIndex: Sendable {
    let rules: FieldRules
    /// A hash of the configuration's rules for visible parts.
    let rulesText: String
    private let keys: IndexKeys

    init(rules: FieldRules, pool: Pool, ring: HeldKeys) {
        self.rules = rules
        rulesText = Base64URL.encode(Digest.sha256([UInt8](rules.findableText.utf8)))
        keys = IndexKeys(pool: pool, ring: ring)
    }

    /// A search text in one field.
    struct Lookup: Sendable {
        let field: FieldName
        let findable: Findable
        let hash: Int64
        /// The whole search text if only its beginning is hashed.
        let whole: String?
        /// Whether values with this hash must be opened and compared.
        var opens: Bool { whole != nil }
    }

    /// A value to index.
    struct Value: Sendable {
        let contact: String
        let field: FieldName
        /// Nil: there is no value, or it cannot be opened.
        let text: String?
        let stamp: Int64?
    }

    /// The postings of a batch's changes, with the keys made for them.
    func postings(
        of changed: [(key: String, state: Fields)], with keyChanges: [KeyStore.Change], at now: Timestamp
    ) async throws -> Postings {
        let fresh = Dictionary(keyChanges.map { ($0.contact, $0.fresh) }) { $1 }
        var values: [Value] = []
        for (contact, state) in changed {
            var texts = Dictionary(uniqueKeysWithValues: state.removed.union(state.renewed).map { ($0, String?.none) })
            for case (let name, .written(let text)) in state.values { texts[name] = text }
            values += texts.map { Value(contact: contact, field: $0, text: $1, stamp: now.microseconds) }
        }
        return try await postings(of: values) { fresh[$0.contact]?[$0.field] }
    }

    /// Values with their hashes; an undeclared field has no hashes.
    func postings(of values: [Value], fresh: (Value) -> [UInt8]? = { _ in nil }) async throws -> Postings {
        let keys = try await keys.makeKeys(
            of: Set(values.compactMap { $0.text != nil && rules.findable($0.field) != nil ? $0.field : nil }))
        var postings = Postings(rules: rulesText)
        for value in values where !value.field.isReserved {
            var hashes: [Int64] = []
            if let findable = rules.findable(value.field), let key = keys[value.field], let text = value.text {
                hashes = findable.texts(of: text).map { KeyedHash.visible($0, as: findable.label, with: key.mac) }
                if !hashes.isEmpty { postings.keys.insert(key.id) }
            }
            postings.add(
                contact: value.contact, field: value.field, fresh: fresh(value), stamp: value.stamp, hashes: hashes)
        }
        return postings
    }

    /// Clears the key cache, after the key store refused postings because a key may be gone.
    func forgetKeys() { keys.forget() }

    /// The hashes to look up for a text: in one field, or in all declared fields.
    func lookups(of text: String, in field: FieldName?) async throws -> [Lookup] {
        let keys = try await keys.keys(of: field.map { [$0] } ?? rules.masks.keys.sorted())
        return keys.compactMap { field, key in
            guard let findable = rules.findable(field), let sought = findable.sought(text) else { return nil }
            let hash = KeyedHash.visible(sought.text, as: findable.label, with: key.mac)
            return Lookup(field: field, findable: findable, hash: hash, whole: sought.whole)
        }
    }
}
