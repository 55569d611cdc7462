import Cryptography
package import Keys
import Messaging
import VaultDomain

/// Domain separation from everything else sealed under the same scheme.
private let domain = "assent vault field 1"

/// Seals and opens one contact's values. A value is bound to its contact and field: copied to another row, it does not
/// open (V1).
struct FieldCipher: Sendable {
    let ring: HeldKeys
    let contact: String
    let keys: WrappedKeys
    /// The key-encryption key's version that wraps the contact's keys; the current one if there are no keys yet.
    let version: Int

    /// The version is fixed here, even if another version becomes current later.
    init(ring: HeldKeys, contact: String, keys: WrappedKeys) {
        self.ring = ring
        self.contact = contact
        self.keys = keys
        version = keys.version ?? ring.currentVersion
    }

    /// The text of a value; nil if its key was destroyed.
    func text(of value: FieldValue, name: FieldName) throws -> String? {
        switch value {
        case .sealed(let sealed): try open(sealed, name: name)
        case .written(let text): text
        }
    }

    /// The text of a sealed value; nil if its key was destroyed.
    func open(_ sealed: [UInt8], name: FieldName) throws -> String? {
        guard let key = try key(name) else { return nil }
        return String(decoding: try key.open(sealed, associatedData: identity(name)), as: UTF8.self)
    }

    /// The text of a sealed value; nil also if it cannot be opened.
    func visibleText(of sealed: [UInt8], name: FieldName) throws -> String? {
        do {
            return try open(sealed, name: name)
        } catch CryptographyError.cannotOpen {
            return nil
        }
    }

    /// Seals a value under the field's key, which must be in the key store already.
    func seal(_ text: String, name: FieldName) throws -> [UInt8] {
        guard let key = try key(name) else { throw KeyMistake.missing }
        return key.seal([UInt8](text.utf8), associatedData: identity(name))
    }

    /// Whether the field has a key that can be unwrapped. If unwrapping fails although the key-encryption key is proven
    /// to be right, the key was tampered with, and the field's next value gets a new one.
    func hasKey(_ name: FieldName) throws -> Bool {
        do {
            return try key(name) != nil
        } catch CryptographyError.cannotOpen {
            guard ring.isProven(version) else { throw KeyMistake.unproven(version) }
            return false
        }
    }

    /// A new data key, wrapped as the contact's others are.
    func freshKey() throws -> [UInt8] { try wrapping().wrap(.random()) }

    /// The field's key; nil if it was destroyed.
    private func key(_ name: FieldName) throws -> AESKey? {
        guard let wrapped = keys.keys[name] else {
            guard keys.garbled?.isWhole != true else { throw CryptographyError.cannotOpen }
            return nil
        }
        return try wrapping().unwrap(wrapped)
    }

    private func wrapping() throws -> AESKey { try ring.key(version: version).encryption }

    /// The separator is unambiguous: contact ids and field names contain no NUL.
    private func identity(_ name: FieldName) -> [UInt8] {
        [UInt8]("\(domain)\0\(contact)\0\(name.text)".utf8)
    }
}

/// A wrong key file is an outage, not an error of the message: the batch waits.
extension KeyMistake: Outage {}
