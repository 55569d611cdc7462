import Cryptography
package import Models

extension ConsistencyProof {
    /// The hashes in the form of messages.
    package var json: JSON { .array(hashes.map { .string(base64($0)) }) }

    /// Reads hashes in the form of messages, for trees whose sizes the reader knows; nil where they are malformed.
    package init?(first: Int64, second: Int64, _ json: JSON) {
        guard let elements = json.elements else { return nil }
        let hashes = elements.compactMap { $0.text.flatMap { Base64URL.decodeStandard($0) } }
        guard hashes.count == elements.count else { return nil }
        self.init(first: first, second: second, hashes: hashes)
    }
}
