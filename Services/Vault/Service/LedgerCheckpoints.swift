import Cryptography
import FoundationEssentials
import Ledger
import Logging
import Messaging
import Models
import RabbitMQ
import ServiceKit
import ServiceLifecycle

/// The type and the subject of the fact.
private let type = "ledger.checkpoint"
private let subject = "ledger"

/// Signs the ledger's head, and tells of it (X1).
struct LedgerCheckpoints: Service {
    private let host: Host
    private let checkpointer: Checkpointer

    /// Refuses a database role that could change what was recorded.
    init(_ host: Host, signer: CheckpointSigner) async throws {
        self.host = host
        try await LedgerReader(host.pool).requireAppendOnly()
        checkpointer = Checkpointer(host.pool, signer: signer)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await checkpointer.run { checkpoint in
                try? await host.publisher.publish([message(checkpoint)])
            } failed: { error in
                host.log.warning("the ledger waits for its checkpoint", metadata: ["error": "\(error)"])
            }
        }
    }

    /// The size rises, as a fact's number must.
    private func message(_ checkpoint: LedgerCheckpoint) -> OutgoingMessage {
        let event = Event(
            id: UUID(), source: host.service.source, type: type, subject: subject, time: .now,
            sequence: UInt64(checkpoint.size), data: ["checkpoint": .string(checkpoint.note)])
        return OutgoingMessage(event, on: .facts, by: host.service)
    }
}

extension CheckpointSigner {
    /// The signer of the service's ledger, as the environment has it.
    init(_ host: Host) throws {
        let keys = try Ed25519KeyRing(json: try host.environment.file("SIGNING_KEY_FILE"))
        let url = try host.environment.required("PUBLIC_URL")
        guard let signer = CheckpointSigner(service: host.service.rawValue, publicURL: url, keys: keys) else {
            throw UnusableName()
        }
        self = signer
    }
}

/// `PUBLIC_URL` cannot name a ledger.
private struct UnusableName: Error, CustomStringConvertible {
    let description = "PUBLIC_URL holds white space or a plus sign, so that it cannot name the ledger"
}
