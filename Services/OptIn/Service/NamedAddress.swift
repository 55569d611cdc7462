import Messaging
import Models
import OptInDomain
import ServiceKit
import Synchronization

/// The address that a message names. It is hashed only once: the key may change between reading and deciding, and the
/// decision must use the records that were loaded for these hashes.
final class NamedAddress: Sendable {
    private let data: Reader
    private let hashed = Mutex<(address: EmailAddress, hashes: AddressHashes)?>(nil)

    init(in data: Reader) { self.data = data }

    /// The keys of the records to load; none if the message has no address or an invalid one.
    func keys(_ environment: OptIn.Environment) -> [String] {
        guard let address = try? data.optionalEmail("email") else { return [] }
        return hashes(of: address, environment).texts
    }

    /// The hashes of the given address.
    func hashes(of address: EmailAddress, _ environment: OptIn.Environment) -> AddressHashes {
        hashed.withLock { hashed in
            if let hashed, hashed.address == address { return hashed.hashes }
            let hashes = environment.addressKeys.hashes(of: address)
            hashed = (address, hashes)
            return hashes
        }
    }
}
