public import Cryptography
public import Models

/// `ADDRESS_KEY_FILE`, read again when it changes: what addresses and received mails are known by (O7, O9, O15).
///
/// A new version is the newest from then on. An older one must stay in the file as long as anything is to be found that
/// was stored under it.
public struct AddressKeys: Sendable {
    private let file: KeyRingFile

    /// Keys that never change.
    public init(_ ring: KeyRing) { file = KeyRingFile(ring) }

    init(_ file: KeyRingFile) { self.file = file }

    /// An address's keyed hashes, the same in every service that holds the keys.
    public func hashes(of address: EmailAddress) -> AddressHashes {
        let hashes = KeyedHash.address(address.mailbox, with: file.ring)
        return AddressHashes(newest: hashes[0], older: Array(hashes.dropFirst()))
    }

    /// A message's keyed hashes, newest first: who was written to and when is not to be read off a database.
    public func hashes(of message: MessageID) -> [String] { KeyedHash.messageID(message.text, with: file.ring) }
}

extension Host {
    /// The keys of addresses.
    public func addressKeys() throws -> AddressKeys {
        AddressKeys(
            try KeyRingFile("ADDRESS_KEY_FILE", in: environment, mostVersions: AddressHashes.limit, log: log))
    }
}
