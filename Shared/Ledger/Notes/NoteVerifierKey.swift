package import Cryptography

/// A key by which signed notes are verified, with the name that signs (https://c2sp.org/signed-note).
package struct NoteVerifierKey: Sendable, Hashable {
    /// Signature type of Ed25519.
    private static let ed25519: UInt8 = 1

    /// The signer's name: a URL without its scheme.
    package let name: String
    package let key: Ed25519PublicKey
    /// The first four bytes of SHA-256 over name, line end, signature type and key.
    package let id: [UInt8]

    /// A key under a name; nil where the name is empty or has white space, a control character or a plus sign.
    package init?(name: String, key: Ed25519PublicKey) {
        guard Self.isName(name) else { return nil }
        self.name = name
        self.key = key
        id = Array(Digest.sha256([UInt8](name.utf8) + [0x0A, Self.ed25519] + key.bytes).prefix(4))
    }

    /// Reads the text form; nil where it is none, of another kind of key, or where id and key do not belong together.
    package init?(vkey text: String) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64URL.decodeStandard(parts[2]), bytes.first == Self.ed25519,
            let key = try? Ed25519PublicKey(Array(bytes.dropFirst()))
        else { return nil }
        self.init(name: String(parts[0]), key: key)
        guard parts[1].lowercased() == hexadecimal(id) else { return nil }
    }

    /// The text form: name, key id and key, such as `example.com/log+1a2b3c4d+AQ…`.
    package var vkey: String { "\(name)+\(hexadecimal(id))+\(base64([Self.ed25519] + key.bytes))" }

    static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy { scalar in
                !scalar.properties.isWhitespace && scalar != "+" && scalar.value >= 0x20 && scalar.value != 0x7F
            }
    }
}
