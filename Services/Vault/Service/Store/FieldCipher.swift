import Cryptography
public import Keys
public import Messaging
import VaultDomain

/// Keeps a sealed value apart from everything else that is ever sealed under the same scheme.
private let domain = "assent vault field 1"

/// Seals and opens one contact's values. A value opens as this field of this contact alone: copied to another row, it
/// does not (V1).
struct FieldCipher: Sendable {
    let ring: HeldKeys
    let contact: String
    let keys: WrappedKeys
    /// The version that wraps the contact's keys, the current one where there are none yet.
    let version: Int

    /// The version stays the same, whatever becomes current meanwhile.
    init(ring: HeldKeys, contact: String, keys: WrappedKeys) {
        self.ring = ring
        self.contact = contact
        self.keys = keys
        version = keys.version ?? ring.currentVersion
    }

    /// The text of a value; nil where its key was destroyed.
    func text(of value: FieldValue, name: FieldName) throws -> String? {
        switch value {
        case .sealed(let sealed): try open(sealed, name: name)
        case .written(let text): text
        }
    }

    /// The text of a sealed value; nil where its key was destroyed.
    func open(_ sealed: [UInt8], name: FieldName) throws -> String? {
        guard let key = try key(name) else { return nil }
        return String(decoding: try key.open(sealed, associatedData: identity(name)), as: UTF8.self)
    }

    /// The text of a sealed value; nil also where it does not open, so that nobody sees it.
    func visibleText(of sealed: [UInt8], name: FieldName) throws -> String? {
        do {
            return try open(sealed, name: name)
        } catch CryptographyError.cannotOpen {
            return nil
        }
    }

    /// A value sealed under the field's key, which the key store holds by now.
    func seal(_ text: String, name: FieldName) throws -> [UInt8] {
        guard let key = try key(name) else { throw KeyMistake.missing }
        return key.seal([UInt8](text.utf8), associatedData: identity(name))
    }

    /// Whether there is a key and it opens: one that does not was garbled, if what should open it was proven to be the
    /// right one. Then the field's next value gets another.
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

    /// Nil where it was destroyed.
    private func key(_ name: FieldName) throws -> AESKey? {
        guard let wrapped = keys.keys[name] else {
            guard keys.garbled?.isWhole != true else { throw CryptographyError.cannotOpen }
            return nil
        }
        return try wrapping().unwrap(wrapped)
    }

    private func wrapping() throws -> AESKey { try ring.key(version: version).encryption }

    /// No part can hold the separator: a contact's id has letters, digits and four marks, a name no control character.
    private func identity(_ name: FieldName) -> [UInt8] {
        [UInt8]("\(domain)\0\(contact)\0\(name.text)".utf8)
    }
}

/// Ours to mend, no message's fault: the batch waits.
extension KeyMistake: Outage {}
