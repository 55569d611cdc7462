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
/// Facts kept while the broker is away; of more the newest are told, which stand for those before.
private let mostUntold = 1000

/// Signs the ledger's head, and tells of it (X1).
struct LedgerCheckpoints: Service {
    private let host: Host
    private let signer: CheckpointSigner
    private let checkpointer: Checkpointer

    /// Refuses a database role that could change what was recorded.
    init(_ host: Host, signer: CheckpointSigner) async throws {
        self.host = host
        try await LedgerReader(host.pool).requireAppendOnly()
        self.signer = signer
        checkpointer = Checkpointer(host.pool, signer: signer, while: PartitionCondition.isSameDatabase)
    }

    func run() async throws {
        let (untold, made) = AsyncStream<LedgerCheckpoint>.makeStream(bufferingPolicy: .bufferingNewest(mostUntold))
        let watch = FoldWatch(log: host.log)
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await checkpointer.run { fold in
                        watch.see(fold.map { _ in () }, at: .now)
                        if case .success(let checkpoint?) = fold { made.yield(checkpoint) }
                    }
                    made.finish()
                }
                group.addTask {
                    for await checkpoint in untold { _ = await host.facts.tell([event(of: checkpoint)]) }
                }
            }
        }
    }

    /// The size rises, as a fact's number must; a new history's lies above (X5).
    private func event(of checkpoint: LedgerCheckpoint) -> Event {
        let epoch = Checkpoint(note: checkpoint.note, verifiedBy: signer.verifierKeys)?.epoch(of: signer.origin) ?? 0
        return Event(
            id: UUID(), source: host.service.source, type: type, subject: subject, time: .now,
            sequence: UInt64(epoch) + UInt64(checkpoint.size), data: ["checkpoint": .string(checkpoint.note)])
    }
}

extension CheckpointSigner {
    /// The signer of the service's ledger, as the environment has it.
    init(_ host: Host) throws {
        let keys = try Ed25519KeyRing(json: try host.environment.file("SIGNING_KEY_FILE"))
        let url = try host.environment.required("PUBLIC_URL")
        guard let signer = CheckpointSigner(service: host.service.rawValue, publicURL: url, keys: keys) else {
            throw ServiceEnvironment.Mistake("PUBLIC_URL must not hold white space or a plus sign")
        }
        self = signer
    }
}
