import FoundationEssentials
import Ledger
import Logging
import Messaging
import Models
import RabbitMQ
package import ServiceKit
import ServiceLifecycle

/// The type and subject of the fact.
private let type = "ledger.checkpoint"
private let subject = "ledger"
/// Facts queued while the broker is unavailable; on overflow the oldest are dropped, since newer checkpoints cover
/// them.
private let mostUntold = 1000

/// Signs the head of the service's ledger and publishes it as a fact (X1).
package struct LedgerCheckpoints: Service {
    private let host: Host
    private let signing: SigningKeys
    private let checkpointer: Checkpointer

    /// Fails if the database role may change recorded entries.
    package init(_ host: Host, signing: SigningKeys) async throws {
        self.host = host
        try await LedgerReader(host.pool).requireAppendOnly()
        self.signing = signing
        checkpointer = Checkpointer(host.pool, signer: { signing.signer }, while: PartitionCondition.isSameDatabase)
    }

    package func run() async throws {
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

    /// The fact's sequence is the tree size plus the epoch: it rises, and a new history starts above the old one (X5).
    private func event(of checkpoint: LedgerCheckpoint) -> Event {
        let signer = signing.signer
        let epoch = Checkpoint(note: checkpoint.note, verifiedBy: signer.verifierKeys)?.epoch(of: signer.origin) ?? 0
        return Event(
            id: UUID(), source: host.service.source, type: type, subject: subject, time: .now,
            sequence: UInt64(epoch) + UInt64(checkpoint.size), data: ["checkpoint": .string(checkpoint.note)])
    }
}
