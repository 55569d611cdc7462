/// The versions of one key, from a key file: `{"keys":[{"version":1,"key":"<base64url of 32 bytes>"}, …]}`.
///
/// The highest version is used for new data; data of an older version stays readable while the file has that version.
package struct KeyRing: Sendable {
    /// A token spends two bytes on the version; a rotation every 30 days takes five thousand years to fill them.
    private static let versions = 1...Int(UInt16.max)
    /// Versions in one file: old ones retire, so that a file with more is a mistake.
    private static let mostKeys = 1000
    /// Bytes of a file: `mostKeys` entries and their white space.
    private static let longestFile = 131_072

    /// One version's key, for AES and for HMAC. Each key file has keys of its own and uses them for one of the two,
    /// save that a key-encryption key also yields a check value by HMAC.
    package struct VersionedKey: Sendable {
        /// From 1 to 65,535.
        package let version: Int
        /// The key that seals values and wraps keys.
        package let encryption: AESKey
        /// The key that authenticates tokens and hashes addresses.
        package let mac: MACKey
    }

    /// The highest version, used for all new data.
    package let current: VersionedKey
    package let oldest: VersionedKey
    private let keys: [Int: VersionedKey]

    /// Reads a key file's text; the caller reads the file.
    package init(json text: String) throws(CryptographyError) {
        let bytes = [UInt8](text.utf8)
        guard bytes.count <= Self.longestFile else { throw .invalidKeyRing(reason: "the file is too long") }
        guard let members = StrictJSON.object(bytes), members.count == 1, case .array(let entries) = members["keys"]
        else {
            throw .invalidKeyRing(reason: #"the file is not {"keys":[…]}"#)
        }
        guard entries.count <= Self.mostKeys else { throw .invalidKeyRing(reason: "the file has too many keys") }
        var keys: [Int: VersionedKey] = [:]
        for entry in entries {
            let key = try Self.key(entry)
            guard keys.updateValue(key, forKey: key.version) == nil else {
                throw .invalidKeyRing(reason: "version \(key.version) comes twice")
            }
        }
        guard let oldest = keys.values.min(by: { $0.version < $1.version }),
            let current = keys.values.max(by: { $0.version < $1.version })
        else { throw .invalidKeyRing(reason: "the file has no key") }
        self.oldest = oldest
        self.current = current
        self.keys = keys
    }

    /// The key of a version, `nil` for one that the file does not have (any more).
    package func key(version: Int) -> VersionedKey? {
        keys[version]
    }

    /// All versions, ascending.
    package var versions: [Int] { keys.keys.sorted() }

    private static func key(_ entry: StrictJSON) throws(CryptographyError) -> VersionedKey {
        guard case .object(let members) = entry, members.count == 2,
            case .integer(let version) = members["version"], versions.contains(version)
        else {
            throw .invalidKeyRing(reason: #"a key is not {"version":1…65535,"key":"…"}"#)
        }
        var bytes = members["key"]?.string.flatMap { Base64URL.decode($0) } ?? []
        defer { bytes.cleanse() }
        guard let encryption = AESKey(bytes) else {
            throw .invalidKeyRing(reason: "key \(version) is not 32 bytes in base64url without padding")
        }
        return VersionedKey(version: version, encryption: encryption, mac: MACKey(bytes))
    }
}

extension KeyRing: CustomStringConvertible, CustomDebugStringConvertible {
    /// The versions, never the keys.
    package var description: String { "KeyRing(versions: \(versions))" }
    /// As `description`.
    package var debugDescription: String { description }
}
