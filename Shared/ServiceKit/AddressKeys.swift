public import Cryptography
import Logging
public import Models
public import ServiceLifecycle
import Synchronization

/// Between two looks at the file.
private let interval = Duration.seconds(1)

/// `ADDRESS_KEY_FILE`, read again when it changes: what addresses and received mails are known by (O7, O9, O15).
///
/// A new version is the newest from then on. An older one must stay in the file as long as anything is to be found that
/// was stored under it.
public final class AddressKeys: Service {
    private let ring: Mutex<KeyRing>
    private let read: @Sendable () throws -> KeyRing
    private let log: Logger

    /// Keys that never change.
    public convenience init(_ ring: KeyRing) throws {
        try self.init(log: Logger(label: "address-keys")) { ring }
    }

    init(log: Logger, read: @escaping @Sendable () throws -> KeyRing) throws {
        self.read = read
        self.log = log
        ring = Mutex(try Self.checked(try read()))
    }

    /// An address's keyed hashes, the same in every service that holds the keys.
    public func hashes(of address: EmailAddress) -> AddressHashes {
        let hashes = KeyedHash.address(address.mailbox, with: current)
        return AddressHashes(newest: hashes[0], older: Array(hashes.dropFirst()))
    }

    /// A message's keyed hashes, newest first: who was written to and when is not to be read off a database.
    public func hashes(of message: MessageID) -> [String] { KeyedHash.messageID(message.text, with: current) }

    /// Looks at the file each second; one that does not serve changes nothing.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var mistake: String?
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                do {
                    try self.refresh()
                    mistake = nil
                } catch {
                    if mistake != "\(error)" {
                        self.log.error("ADDRESS_KEY_FILE was not taken; the keys stay", metadata: ["error": "\(error)"])
                    }
                    mistake = "\(error)"
                }
            }
        }
    }

    private var current: KeyRing { ring.withLock { $0 } }

    private func refresh() throws {
        let new = try Self.checked(try read())
        guard new.versions != current.versions else { return }
        ring.withLock { $0 = new }
        log.info("ADDRESS_KEY_FILE was read", metadata: ["versions": "\(new.versions)"])
    }

    private static func checked(_ ring: KeyRing) throws -> KeyRing {
        guard ring.versions.count <= AddressHashes.limit else {
            throw ServiceEnvironment.Mistake("ADDRESS_KEY_FILE has more than \(AddressHashes.limit) versions")
        }
        return ring
    }
}

extension Host {
    /// The keys of addresses; add them to the plan's companions, by which they are read again.
    public func addressKeys() throws -> AddressKeys {
        let environment = environment
        return try AddressKeys(log: log) { try KeyRing(json: try environment.file("ADDRESS_KEY_FILE")) }
    }
}
