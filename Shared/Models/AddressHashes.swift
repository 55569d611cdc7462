/// An address's keyed hashes, one under each version in their maker's key file, newest first. Services that read a
/// changed key file at different moments can so still recognise one address (O15).
package struct AddressHashes: Sendable, Hashable {
    /// Versions of the key that may be in use at a time.
    package static let limit = 8
    /// Bytes of `text`: each hash has a rule, a version and 43 letters of base64url.
    package static let longestText = 512

    /// The hash under the newest version, as `<rule>.<version>.<hash>`.
    package let newest: String
    /// The hashes under the other versions, newest first.
    package let older: [String]

    /// Hashes, without commas and blanks.
    package init(newest: String, older: [String] = []) {
        self.newest = newest
        self.older = older
    }

    /// Reads the form of the property `text`; nil for no hash, more than `limit`, or a hash that is empty or has a
    /// blank.
    package init?(text: String) {
        let texts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard texts.count <= Self.limit, texts.allSatisfy({ !$0.isEmpty && !$0.utf8.contains { $0 <= 0x20 } }) else {
            return nil
        }
        self.init(newest: texts[0], older: Array(texts.dropFirst()))
    }

    /// All, newest first.
    package var texts: [String] { [newest] + older }

    /// The form in messages: all hashes, newest first, separated by commas.
    package var text: String { texts.joined(separator: ",") }

    /// Whether `hash` is one of this address's hashes.
    package func contains(_ hash: String) -> Bool { texts.contains(hash) }
}

extension Reader {
    /// An address's hashes, or nil where the member is missing or `null`.
    package func optionalAddressHashes(_ name: String) throws(Refusal) -> AddressHashes? {
        guard let text = try optionalText(name, limit: AddressHashes.longestText) else { return nil }
        guard let hashes = AddressHashes(text: text) else { throw refusal(name, "must be an address's hashes") }
        return hashes
    }
}
