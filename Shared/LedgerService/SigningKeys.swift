import Cryptography
package import Ledger
import Models
package import ServiceKit

/// The signer of the service's ledger, with the newest key of `SIGNING_KEY_FILE`.
package final class SigningKeys: Sendable {
    private let keys: KeysFile<CheckpointSigner>

    /// Reads the signing keys and the public URL from the environment.
    package init(_ host: Host) throws {
        let url = try host.environment.required("PUBLIC_URL")
        let service = host.service.rawValue
        keys = try KeysFile("SIGNING_KEY_FILE", in: host.environment, log: host.log) { text in
            let ring = try Ed25519KeyRing(json: text)
            guard let signer = CheckpointSigner(service: service, publicURL: url, keys: ring) else {
                throw ServiceEnvironment.Mistake("PUBLIC_URL must not hold white space or a plus sign")
            }
            return signer
        } mayReplace: { new, old in
            // Earlier signatures must stay verifiable.
            Set(new.verifierKeys).isSuperset(of: old.verifierKeys)
        }
    }

    /// Fixed keys, without a file.
    package init(_ signer: CheckpointSigner) { keys = KeysFile(signer) }

    package var signer: CheckpointSigner { keys.ring }
}
