import Cryptography
import HTTPTypes
import Hummingbird
import Ledger
import LedgerService
import Messaging
import Models
import NIOCore
import ServiceKit

/// Maximum cache age: clients must load the document again soon after a new key starts to sign.
private let secondsToKeep = 300

/// `/.well-known/assent-keys` (contract section 7): the public keys that verify checkpoints, certificates and receipts.
struct KeysDocument: Sendable {
    static let path = "/.well-known/assent-keys"
    /// The services that have a ledger.
    private static let ledgers = [SuiteService.vault, .consent]

    private let signing: SigningKeys
    private let publicURL: String

    /// Nil if `publicURL` is not usable in a ledger's name.
    init?(_ signing: SigningKeys, publicURL: String) {
        self.signing = signing
        self.publicURL = publicURL
        guard signers(signing.signer.keys).count == Self.ledgers.count else { return nil }
    }

    /// Reads the public URL from the environment.
    init(_ host: Host, signing: SigningKeys) throws {
        guard let document = KeysDocument(signing, publicURL: try host.environment.required("PUBLIC_URL")) else {
            throw ServiceEnvironment.Mistake("PUBLIC_URL must not hold white space or a plus sign")
        }
        self = document
    }

    /// The public halves of all keys of the file, including old ones.
    private var body: String {
        let ring = signing.signer.keys
        return PublishedKeys(ring, signing: signers(ring)).json.serialized
    }

    private func signers(_ ring: Ed25519KeyRing) -> [CheckpointSigner] {
        Self.ledgers.compactMap { CheckpointSigner(service: $0.rawValue, publicURL: publicURL, keys: ring) }
    }

    /// The response allows any origin, so that an independent verifier on any site can read the keys.
    func response(to method: HTTPRequest.Method) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .xContentTypeOptions: "nosniff"]
        guard [.get, .head].contains(method) else {
            headers[.allow] = "GET, HEAD"
            return Response(status: .methodNotAllowed, headers: headers, body: .init())
        }
        headers[.cacheControl] = "public, max-age=\(secondsToKeep)"
        headers[.accessControlAllowOrigin] = "*"
        let response = Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: body)))
        return method == .head ? response.createHeadResponse() : response
    }
}
