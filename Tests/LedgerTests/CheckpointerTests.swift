import Cryptography
import Ledger
import Models
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite(.database, .timeLimit(.minutes(10))) struct CheckpointerTests {
    @Test("X1 every entry is proved by the newest checkpoint, and each checkpoint by every later one")
    func proofs() async throws {
        try await TestLedger.with { ledger in
            #expect(try await ledger.checkpointer.fold() == nil)
            #expect(try await ledger.reader.checkpoint() == nil)
            var indexes: [LedgerIndex] = []
            var checkpoints: [LedgerCheckpoint] = []
            for round in 0..<12 {
                indexes += try await ledger.record(1 + round % 4, in: round % 3)
                checkpoints.append(try #require(try await ledger.checkpointer.fold()))
            }
            let newest = try #require(try await ledger.reader.checkpoint())
            #expect(newest == checkpoints.last && newest.size == Int64(indexes.count))
            for index in indexes {
                let (proof, checkpoint) = try #require(try await ledger.reader.inclusion(of: index))
                let signed = try #require(
                    Checkpoint(note: checkpoint.note, verifiedBy: ledger.signer.verifierKeys))
                #expect(signed.size == newest.size)
                let leaf = try #require(try await ledger.reader.entry(index)).leaf
                #expect(proof.isValid(leafHash: MerkleHash.leaf([UInt8](leaf.utf8)), root: signed.root))
            }
            for (place, early) in checkpoints.enumerated() {
                for late in checkpoints[place...] {
                    let proof = try await ledger.reader.consistency(from: early.size, to: late.size)
                    #expect(proof.isValid(firstRoot: early.root, secondRoot: late.root))
                }
            }
            let report = try await ledger.audit(against: checkpoints.map(\.note))
            #expect(report.findings == [])
            #expect(report.folded == newest.size && report.unfolded == 0 && report.checkpoints == 12)
        }
    }

    @Test("a fold takes partitions in their order, numbers ascending, and only what is new")
    func order() async throws {
        try await TestLedger.with { ledger in
            try await ledger.record(2, in: 5)
            try await ledger.record(2, in: 0)
            try await ledger.checkpointer.fold()
            try await ledger.record(1, in: 0)
            try await ledger.record(1, in: 7)
            #expect(try await ledger.checkpointer.fold()?.size == 6)
            #expect(try await ledger.checkpointer.fold() == nil)
            let rows = try await ledger.owner.run([
                Statement("SELECT partition || '-' || number FROM ledger_leaf ORDER BY position")
            ])
            #expect(try rows[0].map { try $0.text(0) } == ["0-1", "0-2", "5-1", "5-2", "0-3", "7-1"])
        }
    }

    @Test("many checkpointers and writers at once: each entry once, one line of checkpoints")
    func concurrent() async throws {
        try await TestLedger.with { ledger in
            let writers = Writers()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for partition in 0..<3 {
                    group.addTask {
                        for _ in 0..<40 { try await ledger.record(7, in: partition) }
                        writers.left.withLock { $0 -= 1 }
                    }
                }
                for _ in 0..<3 {
                    group.addTask { while writers.left.withLock({ $0 > 0 }) { try await ledger.checkpointer.fold() } }
                }
                try await group.waitForAll()
            }
            try await ledger.checkpointer.fold()
            let report = try await ledger.audit()
            #expect(report.findings == [])
            #expect(report.folded == 840 && report.unfolded == 0)
        }
    }

    @Test("a fold that ends before its commit leaves nothing; the next one does it all, and the lock is free")
    func crash() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            try await ledger.record(3, in: 1)
            // Refuses the last statement of a fold; the transaction goes as it does when the process dies.
            try await ledger.tamper("ALTER TABLE ledger_checkpoint ADD CONSTRAINT stop CHECK (size < 16)")
            await #expect(throws: DatabaseError.self) { try await ledger.checkpointer.fold() }
            #expect(try await ledger.number("SELECT count(*) FROM ledger_leaf") == 15)
            try await ledger.tamper("ALTER TABLE ledger_checkpoint DROP CONSTRAINT stop")
            #expect(try await ledger.checkpointer.fold()?.size == 18)
            #expect(try await ledger.findings() == [])
        }
    }

    @Test("a fold whose connection is killed in between is done by the next one")
    func killed() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            try await ledger.record(3, in: 1)
            try await ledger.owner.withConnection { holder in
                // Holds up the fold within its transaction, its lock and all.
                _ = try await holder.run([Statement("BEGIN"), Statement("LOCK TABLE ledger_node IN SHARE MODE")])
                let fold = Task { try await ledger.checkpointer.fold() }
                let waiting = "FROM pg_locks WHERE NOT granted AND relation = 'ledger_node'::regclass"
                try await TestLedger.until { try await ledger.number("SELECT count(*) \(waiting)") > 0 }
                #expect(try await ledger.checkpointer.fold() == nil, "another one is at it")
                _ = try await ledger.service.run([
                    Statement(varying: "SELECT pg_terminate_backend(pid) \(waiting)", [])
                ])
                await #expect(throws: DatabaseError.self) { try await fold.value }
            }
            try await TestLedger.until { try await ledger.checkpointer.fold()?.size == 18 }
            #expect(try await ledger.findings() == [])
        }
    }

    @Test("a checkpointer that runs folds what is recorded within a second, tells of it, and ends when it is cancelled")
    func running() async throws {
        try await TestLedger.with { ledger in
            let (made, continuation) = AsyncStream<LedgerCheckpoint>.makeStream()
            let task = Task {
                await ledger.checkpointer.run(every: .milliseconds(20)) { fold in
                    switch fold {
                    case .success(let checkpoint?): continuation.yield(checkpoint)
                    case .success(nil): break
                    case .failure(let error): Issue.record("\(error)")
                    }
                }
                continuation.finish()
            }
            let index = try #require(try await ledger.record(1, in: 4).last)
            let found = try #require(try await ledger.reader.inclusion(of: index, waiting: .seconds(15)))
            #expect(found.proof.leafIndex == 0)
            var iterator = made.makeAsyncIterator()
            #expect(await iterator.next() == found.checkpoint)
            task.cancel()
            await task.value
            let missing = LedgerIndex(partition: 4, number: 2)
            #expect(try await ledger.reader.inclusion(of: missing) == nil)
            #expect(try await ledger.reader.entry(missing) == nil)
        }
    }

    @Test("nothing is signed on top of a tree that was changed")
    func changedTree() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            try await ledger.record(1, in: 0)
            try await ledger.tamper(
                "UPDATE ledger_node SET hash = sha256('x') WHERE level = 3 AND index = 0")
            await #expect(throws: LedgerError.treeWasChanged(size: 15)) { try await ledger.checkpointer.fold() }
            try await ledger.tamper("DELETE FROM ledger_node WHERE level = 3 AND index = 0")
            await #expect(throws: LedgerError.nodeIsMissing(level: 3, index: 0)) {
                try await ledger.checkpointer.fold()
            }
            #expect(try await ledger.number("SELECT max(size) FROM ledger_checkpoint") == 15)
        }
    }

    @Test("entries whose leaves were deleted at the end of the tree are not signed a second time")
    func deletedTail() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            try await ledger.tamper("DELETE FROM ledger_leaf WHERE position = 14")
            await #expect(throws: LedgerError.treeWasChanged(size: 15)) { try await ledger.checkpointer.fold() }
            try await ledger.tamper("TRUNCATE ledger_checkpoint")
            await #expect(throws: LedgerError.treeWasChanged(size: 0)) { try await ledger.checkpointer.fold() }
            #expect(try await ledger.number("SELECT count(*) FROM ledger_leaf") == 14)
        }
    }

    @Test("a new version of the signing key goes on where the old one left")
    func rotation() async throws {
        try await TestLedger.with { ledger in
            let first = String(signingKeys.prefix { $0 != "}" }) + "}]}"
            let old = try #require(
                CheckpointSigner(origin: ledger.signer.origin, keys: try Ed25519KeyRing(json: first)))
            try await ledger.record(3, in: 0)
            try await Checkpointer(ledger.service, signer: { old }).fold()
            try await ledger.record(3, in: 0)
            #expect(try await ledger.checkpointer.fold()?.size == 6)
            #expect(try await ledger.findings() == [])
        }
    }

    @Test("X1 the service's role can neither change nor delete, and one that could is refused")
    func rights() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            for sql in [
                "UPDATE ledger_entry SET leaf = ''", "DELETE FROM ledger_entry", "TRUNCATE ledger_entry",
                "UPDATE ledger_leaf SET hash = ''", "DELETE FROM ledger_leaf", "TRUNCATE ledger_leaf",
                "UPDATE ledger_node SET hash = ''", "DELETE FROM ledger_node", "TRUNCATE ledger_node",
                "UPDATE ledger_checkpoint SET note = ''", "DELETE FROM ledger_checkpoint", "TRUNCATE ledger_checkpoint",
                "UPDATE ledger_evidence SET content = ''", "TRUNCATE ledger_evidence", "DROP TABLE ledger_entry",
                "ALTER TABLE ledger_entry ADD COLUMN x int", "SELECT * FROM ledger_entry FOR UPDATE",
            ] {
                let error = await #expect(throws: DatabaseError.self) {
                    try await ledger.service.run([Statement(varying: sql, [])])
                }
                #expect(error?.sqlState == "42501", "\(sql)")
            }
            try await ledger.reader.requireAppendOnly()
            await #expect(throws: LedgerError.roleMayChangeEntries) {
                try await LedgerReader(ledger.owner).requireAppendOnly()
            }
        }
    }

    @Test("50,000 entries of eight partitions are folded by one call")
    func many() async throws {
        try await TestLedger.with { ledger in
            for partition in 0..<8 {
                for _ in 0..<5 { try await ledger.record(1250, in: partition, contact: nil) }
            }
            let clock = ContinuousClock()
            var size: Int64?
            let folding = try await clock.measure { size = try await ledger.checkpointer.fold()?.size }
            #expect(size == 50_000)
            var findings: [LedgerFinding] = []
            let auditing = try await clock.measure { findings = try await ledger.audit().findings }
            #expect(findings == [])
            print("50,000 entries: folded in \(folding), audited in \(auditing)")
        }
    }
}

private final class Writers: Sendable {
    let left = Mutex(3)
}

extension TestLedger {
    /// Waits for a condition, not for a time.
    static func until(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(15)
        while try await !condition() {
            try #require(ContinuousClock.now < deadline, "the condition did not come true in time")
            await Task.yield()
        }
    }
}
