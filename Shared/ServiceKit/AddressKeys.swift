package import Cryptography
package import Models

/// The keys of `ADDRESS_KEY_FILE`, read again when it changes. Addresses and received mails are stored and found by
/// hashes under these keys (O7, O9, O15).
///
/// New hashes use the newest version first. An older version must stay in the file as long as rows stored under it have
/// to be found.
package struct AddressKeys: Sendable {
    private let file: KeyRingFile

    /// Keys that never change.
    package init(_ ring: KeyRing) { file = KeyRingFile(ring) }

    init(_ file: KeyRingFile) { self.file = file }

    /// An address's keyed hashes, the same in every service that holds the keys.
    package func hashes(of address: EmailAddress) -> AddressHashes {
        let hashes = KeyedHash.address(address.mailbox, with: file.ring)
        return AddressHashes(newest: hashes[0], older: Array(hashes.dropFirst()))
    }

    /// A message's keyed hashes, newest first. They keep a copy of the database from revealing the recipients of mails.
    package func hashes(of message: MessageID) -> [String] { KeyedHash.messageID(message.text, with: file.ring) }
}

extension Host {
    /// The keys of addresses.
    package func addressKeys() throws -> AddressKeys {
        AddressKeys(
            try KeyRingFile("ADDRESS_KEY_FILE", in: environment, mostVersions: AddressHashes.limit, log: log))
    }
}
