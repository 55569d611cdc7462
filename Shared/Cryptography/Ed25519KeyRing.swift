/// The versions of the signing key, from a key file as `KeyRing` reads it, with seeds for keys:
/// `{"keys":[{"version":2,"key":"<base64url of 32 bytes>"},{"version":1,"public":"<base64url of 32 bytes>"}]}`.
///
/// The highest version signs; the file must have its seed. Signatures by older versions verify while the file lists
/// those versions. A version with `public` instead of `key` verifies and cannot sign.
package struct Ed25519KeyRing: Sendable {
    /// The allowed versions, as in other key files.
    private static let versions = 1...Int(UInt16.max)
    private static let mostKeys = 1000
    private static let longestFile = 131_072

    /// The key of new signatures.
    package let current: Ed25519PrivateKey
    /// The keys that verify signatures, the current one first, then older ones, newest first.
    package let publicKeys: [Ed25519PublicKey]
    /// All versions, ascending.
    package let versions: [Int]

    /// Reads a key file's text; the caller reads the file.
    package init(json text: String) throws(CryptographyError) {
        let bytes = [UInt8](text.utf8)
        guard bytes.count <= Self.longestFile else { throw .invalidKeyRing(reason: "the file is too long") }
        guard let members = StrictJSON.object(bytes), members.count == 1, case .array(let entries) = members["keys"]
        else { throw .invalidKeyRing(reason: #"the file is not {"keys":[…]}"#) }
        guard entries.count <= Self.mostKeys else { throw .invalidKeyRing(reason: "the file has too many keys") }
        var keys: [Int: Key] = [:]
        for entry in entries {
            let (version, key) = try Self.key(entry)
            guard keys.updateValue(key, forKey: version) == nil else {
                throw .invalidKeyRing(reason: "version \(version) comes twice")
            }
        }
        let sorted = keys.sorted { $0.key > $1.key }
        guard let highest = sorted.first else { throw .invalidKeyRing(reason: "the file has no key") }
        guard case .private(let current) = highest.value else {
            throw .invalidKeyRing(reason: "version \(highest.key), the highest, has no private key")
        }
        self.current = current
        publicKeys = sorted.map(\.value.publicKey)
        versions = sorted.map(\.key).reversed()
    }

    private enum Key {
        case `private`(Ed25519PrivateKey)
        case `public`(Ed25519PublicKey)

        var publicKey: Ed25519PublicKey {
            switch self {
            case .private(let key): key.publicKey
            case .public(let key): key
            }
        }
    }

    private static func key(_ entry: StrictJSON) throws(CryptographyError) -> (Int, Key) {
        guard case .object(let members) = entry, members.count == 2,
            case .integer(let version) = members["version"], versions.contains(version)
        else {
            throw .invalidKeyRing(reason: #"a key is not {"version":1…65535,"key":"…"} or with "public""#)
        }
        if let bytes = members["public"]?.string.flatMap({ Base64URL.decode($0) }),
            bytes.count == Ed25519Handle.keyLength
        {
            return (version, .public(try Ed25519PublicKey(bytes)))
        }
        var seed = members["key"]?.string.flatMap { Base64URL.decode($0) } ?? []
        defer { seed.cleanse() }
        guard seed.count == Ed25519Handle.keyLength else {
            throw .invalidKeyRing(reason: "key \(version) is not 32 bytes in base64url without padding")
        }
        return (version, .private(try Ed25519PrivateKey(seed: seed)))
    }
}

extension Ed25519KeyRing: CustomStringConvertible, CustomDebugStringConvertible {
    /// The versions, never the keys.
    package var description: String { "Ed25519KeyRing(versions: \(versions))" }
    /// As `description`.
    package var debugDescription: String { description }
}
