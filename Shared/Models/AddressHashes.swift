/// An address's keyed hashes, one under each version of the key that their maker holds, newest first: services that
/// read a changed key file at different moments still see that they mean one address (O15).
public struct AddressHashes: Sendable, Hashable {
    /// Versions of the key that are in use at a time; an older one finds nothing any more.
    public static let limit = 8
    /// Bytes of `text`: of each a rule, a version and 43 letters of base64url.
    public static let longestText = 512

    /// The one under the newest version, as `<rule>.<version>.<hash>`.
    public let newest: String
    /// Under the other versions, newest first.
    public let older: [String]

    /// Hashes, without commas and blanks.
    public init(newest: String, older: [String] = []) {
        self.newest = newest
        self.older = older
    }

    /// As `text` gave them; nil without a hash, with more than `limit`, or with one that a blank breaks.
    public init?(text: String) {
        let texts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard texts.count <= Self.limit, texts.allSatisfy({ !$0.isEmpty && !$0.utf8.contains { $0 <= 0x20 } }) else {
            return nil
        }
        self.init(newest: texts[0], older: Array(texts.dropFirst()))
    }

    /// All, newest first.
    public var texts: [String] { [newest] + older }

    /// As they travel: one behind the other, with commas.
    public var text: String { texts.joined(separator: ",") }

    /// Whether this is the address that the other hash names.
    public func contains(_ hash: String) -> Bool { texts.contains(hash) }
}

extension Reader {
    /// An address's hashes, or nil where the member is missing or `null`.
    public func optionalAddressHashes(_ name: String) throws(Refusal) -> AddressHashes? {
        guard let text = try optionalText(name, limit: AddressHashes.longestText) else { return nil }
        guard let hashes = AddressHashes(text: text) else { throw refusal(name, "must be an address's hashes") }
        return hashes
    }
}
