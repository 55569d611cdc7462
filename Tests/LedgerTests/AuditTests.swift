import Ledger
import Models
import PostgreSQL
import TestSupport
import Testing

/// Rows changed by SQL as the owner of the database could. The ledger has three partitions of five entries; the tree's
/// order is 0-1 0-2 1-1 1-2 2-1 2-2, 0-3 1-3 2-3, 0-4 0-5 1-4 1-5 2-4 2-5; a line divides the folds.
@Suite(.database, .timeLimit(.minutes(10))) struct AuditTests {
    /// What is done, and what is found.
    private static let changes: [(sql: String, findings: [String])] = [
        // Entries.
        (
            "UPDATE ledger_entry SET leaf = replace(leaf, 'granted', 'revoked') WHERE (partition, number) = (1, 3)",
            ["edited 1-3, in the tree at 7"]
        ),
        (
            """
            UPDATE ledger_entry SET leaf = replace(leaf, 'granted', 'revoked') WHERE (partition, number) = (1, 3);
            UPDATE ledger_entry SET leaf_hash = sha256('\\x00'::bytea || convert_to(leaf, 'UTF8'))
            """, ["edited 1-3, in the tree at 7"]
        ),
        ("UPDATE ledger_entry SET leaf = '' WHERE partition = 2 AND number = 2", ["edited 2-2, in the tree at 5"]),
        ("UPDATE ledger_entry SET leaf_hash = '' WHERE partition = 2 AND number = 2", ["edited 2-2, in the tree at 5"]),
        ("DELETE FROM ledger_entry WHERE partition = 0 AND number = 2", ["missing 0-2, in the tree at 1"]),
        (
            "DELETE FROM ledger_entry WHERE partition = 2 AND number >= 4",
            ["missing 2-4, in the tree at 13", "missing 2-5, in the tree at 14"]
        ),
        // Reordered: the contents of two entries exchanged, in one partition and across two.
        (
            """
            UPDATE ledger_entry SET number = -number WHERE partition = 1 AND number IN (2, 4);
            UPDATE ledger_entry SET number = 6 + number WHERE partition = 1 AND number IN (-2, -4)
            """,
            ["moved 1-2, content of 1-4, in the tree at 3", "moved 1-4, content of 1-2, in the tree at 11"]
        ),
        (
            """
            UPDATE ledger_entry SET partition = 9 + partition WHERE number = 1 AND partition < 2;
            UPDATE ledger_entry SET partition = 10 - partition WHERE partition > 8
            """,
            ["moved 0-1, content of 1-1, in the tree at 0", "moved 1-1, content of 0-1, in the tree at 2"]
        ),
        // Inserted: in a turn that has passed, beyond the next, and by moving the others on.
        ("DELETE FROM ledger_leaf WHERE position = 4", ["inserted 2-1", "missing, in the tree at 4"]),
        (
            """
            INSERT INTO ledger_entry SELECT partition, 9, replace(leaf, '1-5', '1-9'), leaf_hash FROM ledger_entry
            WHERE partition = 1 AND number = 5;
            UPDATE ledger_entry SET leaf_hash = sha256('\\x00'::bytea || convert_to(leaf, 'UTF8'));
            INSERT INTO ledger_evidence SELECT partition, 9, contact, salt, content FROM ledger_evidence
            WHERE partition = 1 AND number = 5
            """, ["missing 1-6, 1-7, 1-8"]
        ),
        (
            """
            UPDATE ledger_entry SET number = -number WHERE partition = 0 AND number >= 4;
            UPDATE ledger_entry SET number = 1 - number WHERE number < 0;
            INSERT INTO ledger_entry SELECT partition, 4, leaf, leaf_hash FROM ledger_entry
            WHERE partition = 0 AND number = 3
            """,
            [
                "evidenceMissing 0-6", "moved 0-4, content of 0-3, in the tree at 9",
                "moved 0-5, content of 0-4, in the tree at 10", "moved 0-6, content of 0-5",
            ]
        ),
        // The tree.
        (
            "UPDATE ledger_leaf SET hash = sha256('x') WHERE position = 3",
            ["edited 1-2, in the tree at 3", "rewritten 1-1, 1-2, in the tree at 2 to 3"]
        ),
        (
            "UPDATE ledger_node SET hash = sha256('x') WHERE level = 2 AND index = 1",
            ["rewritten 2-1, 2-2, 0-3, 1-3, in the tree at 4 to 7"]
        ),
        (
            "DELETE FROM ledger_node WHERE level = 1 AND index = 6",
            ["rewritten 1-5, 2-4, in the tree at 12 to 13"]
        ),
        (
            "INSERT INTO ledger_node VALUES (3, 1, sha256('x'))",
            [
                "rewritten 2-3, 0-4, 0-5, 1-4, 1-5, 2-4, 2-5, in the tree at 8 to 15"
            ]
        ),
        (
            """
            UPDATE ledger_leaf SET position = -position WHERE position IN (9, 10);
            UPDATE ledger_leaf SET position = 19 + position WHERE position < 0
            """,
            [
                "moved 0-4, in the tree at 10", "rewritten 0-4, 1-4, in the tree at 10 to 11",
                "rewritten 2-3, 0-5, in the tree at 8 to 9",
            ]
        ),
        ("DELETE FROM ledger_leaf WHERE position = 14", ["truncated, in the tree at 14, checkpoint of 15"]),
        // Checkpoints.
        (
            "DELETE FROM ledger_checkpoint WHERE size = 15",
            [
                "unsigned 0-4, 0-5, 1-4, 1-5, 2-4, 2-5, in the tree at 9 to 14"
            ]
        ),
        ("UPDATE ledger_checkpoint SET root = sha256('x') WHERE size = 9", ["forgedCheckpoint, checkpoint of 9"]),
        (
            "UPDATE ledger_checkpoint SET size = 14 WHERE size = 15",
            ["forgedCheckpoint, checkpoint of 14", "unsigned 0-4, 0-5, 1-4, 1-5, 2-4, 2-5, in the tree at 9 to 14"]
        ),
        (
            "UPDATE ledger_checkpoint SET note = replace(note, 'example.com', 'example.org') WHERE size = 6",
            ["forgedCheckpoint, checkpoint of 6"]
        ),
        // Evidence.
        ("DELETE FROM ledger_evidence WHERE partition = 1 AND number = 1", ["evidenceMissing 1-1"]),
        (
            "UPDATE ledger_evidence SET content = replace(content, 'agree', 'see') WHERE number = 3 AND partition = 0",
            ["evidenceChanged 0-3"]
        ),
        ("UPDATE ledger_evidence SET contact = 'c-2' WHERE number = 3 AND partition = 2", ["evidenceChanged 2-3"]),
        (
            "UPDATE ledger_evidence SET number = 8 WHERE number = 3 AND partition = 2",
            [
                "evidenceChanged 2-8", "evidenceMissing 2-3",
            ]
        ),
    ]

    @Test("X1 what was changed by hand is found and located")
    func changes() async throws {
        for (sql, findings) in Self.changes {
            try await TestLedger.with { ledger in
                try await ledger.fill()
                #expect(try await ledger.findings() == [])
                for table in ["ledger_entry", "ledger_leaf"] {
                    try await ledger.tamper(
                        """
                        ALTER TABLE \(table) DROP CONSTRAINT IF EXISTS ledger_entry_number_check,
                            DROP CONSTRAINT IF EXISTS ledger_leaf_position_check
                        """)
                }
                try await ledger.tamper(sql)
                let found = try await ledger.findings()
                #expect(found == findings, "\(sql): \(found)")
            }
        }
    }

    @Test("an entry and all hashes above it rewritten: found by the signature, in its fold")
    func rewritten() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            try await ledger.rewrite("1-3", at: 7, of: 15)
            #expect(
                try await ledger.findings() == [
                    "rewritten 0-3, 1-3, 2-3, in the tree at 6 to 8, checkpoint of 9"
                ])
        }
    }

    @Test("the tail rolled back with its checkpoints is found by a checkpoint from outside, and only so")
    func rollback() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            let outside = try #require(try await ledger.reader.checkpoint()).note
            try await ledger.goBack()
            #expect(try await ledger.findings() == [])
            let truncated = "truncated, in the tree at 9 to 14, checkpoint of 15"
            #expect(try await ledger.findings(against: [outside]) == [truncated])
            // Grown again, with other decisions in the place of those that are gone.
            for partition in 0..<3 { try await ledger.record(4, in: partition) }
            try await ledger.checkpointer.fold()
            #expect(try await ledger.findings() == [])
            let contradicted = "contradicted 0-4, 0-5, 0-6, 0-7, 1-4, 1-5, in the tree at 9 to 14, checkpoint of 15"
            #expect(try await ledger.findings(against: [outside]) == [contradicted])
            try await ledger.tamper(
                """
                TRUNCATE ledger_checkpoint, ledger_entry, ledger_evidence, ledger_leaf, ledger_node
                """)
            #expect(try await ledger.findings() == [])
            #expect(
                try await ledger.findings(against: [outside]) == ["truncated, in the tree at 0 to 14, checkpoint of 15"]
            )
        }
    }

    @Test(
        "X5 after a loss no two trees of one size have one name, and kept checkpoints say what was lost",
        arguments: [0, 1])
    func lost(unfolded: Int64) async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            let kept = try #require(try await ledger.reader.checkpoint())
            try await ledger.goBack(unfolded: unfolded)
            let before = try #require(try await ledger.reader.checkpoint())
            try await ledger.beginHistory(77)
            for partition in 0..<3 { try await ledger.record(3, in: partition) }
            let after = try #require(try await ledger.checkpointer.fold())
            #expect(after.size == 19 + 3 * unfolded && after.note.hasPrefix("example.com/ledger/77\n"))
            #expect(before.note.hasPrefix("example.com/ledger\n9\n"))
            #expect(try await ledger.findings(against: [before.note, after.note]) == [])
            let lost = "lost, in the tree at 9 to 14, checkpoint of 15, at 2027-01-15T08:00:00.000Z"
            #expect(try await ledger.findings(against: [kept.note]) == [lost])

            // Every index names one entry, of the history that it says.
            let opening = LedgerIndex(partition: 0, number: 4 + unfolded, epoch: 77)
            #expect(try await ledger.reader.entry(opening)?.leaf.contains(#""type":"ledger.epoch""#) == true)
            for epoch: Int64 in [0, 76, 78] {
                let other = LedgerIndex(partition: 0, number: 4 + unfolded, epoch: epoch)
                #expect(try await ledger.reader.entry(other) == nil)
            }
            let proof = try #require(
                try await ledger.reader.proof(of: LedgerIndex(partition: 1, number: 1), waiting: .zero))
            #expect(try proof.verified(by: ledger.signer.verifierKeys).size == after.size)

            // Lost once more, after the second history had begun.
            for partition in 0..<3 { try await ledger.record(1, in: partition) }
            let second = try #require(try await ledger.checkpointer.fold())
            try await ledger.tamper("TRUNCATE ledger_epoch")
            try await ledger.goBack(unfolded: unfolded)
            try await ledger.beginHistory(99)
            try await ledger.record(1, in: 2)
            try await ledger.checkpointer.fold()
            #expect(
                try await ledger.findings(against: [before.note, second.note]) == [
                    "lost, in the tree at 9 to \(second.size - 1), checkpoint of \(second.size), "
                        + "at 2027-01-15T08:00:00.000Z"
                ])
        }
    }

    @Test("X5 a history that was made up to hide what was cut off is a finding too")
    func madeUp() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            let kept = try #require(try await ledger.reader.checkpoint()).note
            try await ledger.goBack()
            try await ledger.tamper("INSERT INTO ledger_epoch SELECT p, 77, 4 FROM generate_series(0, 2) AS p")
            for partition in 0..<3 { try await ledger.record(4, in: partition) }
            try await ledger.checkpointer.fold()
            // No entry says when it began, so that the checkpoint's name is not the tree's.
            #expect(!(try await ledger.findings(against: [kept]).isEmpty))
        }
    }

    @Test("a note from outside that is another ledger's, or nobody's, is said to be so")
    func foreign() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            let note = try #require(try await ledger.reader.checkpoint()).note
            #expect(try await ledger.findings(against: [note]) == [])
            #expect(try await ledger.findings(against: ["x", note + "\n"]) == ["unknownNote", "unknownNote"])
        }
    }

    @Test("an entry edited, deleted or put in before it was folded is found as far as the rows tell")
    func unfolded() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            try await ledger.record(4, in: 1)
            #expect(try await ledger.audit().unfolded == 4)
            #expect(try await ledger.findings() == [])
            try await ledger.tamper(
                """
                UPDATE ledger_entry SET leaf = replace(leaf, 'granted', 'revoked')
                    WHERE partition = 1 AND number = 6;
                DELETE FROM ledger_entry WHERE partition = 1 AND number = 8;
                DELETE FROM ledger_evidence WHERE partition = 1 AND number = 8
                """)
            #expect(try await ledger.findings() == ["edited 1-6", "missing 1-8"])
            try await ledger.checkpointer.fold()
            #expect(try await ledger.findings() == ["edited 1-6, in the tree at 15", "missing 1-8"])
            // The number is not given again, and an entry that comes back later has missed its turn.
            #expect(try await ledger.record(1, in: 1).map(\.description) == ["1-10"])
            let late = try LedgerEntry(LedgerIndex(partition: 1, number: 8), statement: [:])
            try await ledger.record([late])
            #expect(try await ledger.findings() == ["edited 1-6, in the tree at 15", "inserted 1-8"])
        }
    }

    @Test("E3 erased evidence leaves the tree whole, if the ledger holds the order")
    func erased() async throws {
        try await TestLedger.with { ledger in
            try await ledger.record(3, in: 0, contact: "c-1")
            try await ledger.record(2, in: 0, contact: "c-2")
            try await ledger.checkpointer.fold()
            let rows = try await ledger.service.run([LedgerStatements.evidence(of: "c-1")])[0]
            let indexes = try rows.map {
                LedgerIndex(partition: Int(try $0.int64(0)), number: try $0.int64(1))
            }
            #expect(indexes.map(\.description) == ["0-1", "0-2", "0-3"])
            let order = try LedgerEntry(
                LedgerIndex(partition: 0, number: 6),
                statement: .object([
                    JSON.Member(LedgerEntry.erasesMember, .array(indexes.map { .string($0.description) }))
                ]))
            _ = try await ledger.service.run(
                [Statement("BEGIN")] + LedgerStatements.insert([order]) + [
                    LedgerStatements.deleteEvidence(of: indexes), Statement("COMMIT"),
                ])
            try await ledger.checkpointer.fold()
            #expect(try await ledger.findings() == [])
            #expect(try await ledger.reader.entry(indexes[0])?.evidence == nil)
            #expect(try await ledger.reader.entry(LedgerIndex(partition: 0, number: 4))?.evidence?.contact == "c-2")
            try await ledger.tamper("DELETE FROM ledger_evidence WHERE number = 5")
            #expect(try await ledger.findings() == ["evidenceMissing 0-5"])
        }
    }

    @Test("a hole of any length and thousands of changes end the audit in time")
    func large() async throws {
        try await TestLedger.with { ledger in
            for _ in 0..<3 { try await ledger.record(1000, in: 0) }
            try await ledger.checkpointer.fold()
            try await ledger.tamper("UPDATE ledger_entry SET leaf = leaf || ' '")
            let report = try await ledger.audit()
            #expect(report.isCut && report.findings.count == 1000)
            try await ledger.tamper(
                """
                INSERT INTO ledger_leaf VALUES (9000000000000, 0, 9000000000000, '');
                INSERT INTO ledger_entry VALUES (0, 9000000000000, '', '')
                """)
            #expect(try await ledger.audit().isCut)
        }
    }
}

extension TestLedger {
    /// Replaces an entry's content, and every stored hash that depends on it.
    fileprivate func rewrite(_ index: String, at position: Int, of size: Int) async throws {
        try await tamper(
            """
            UPDATE ledger_entry SET leaf = replace(leaf, 'granted', 'revoked')
                WHERE partition || '-' || number = '\(index)';
            UPDATE ledger_entry SET leaf_hash = sha256('\\x00'::bytea || convert_to(leaf, 'UTF8'));
            UPDATE ledger_leaf l SET hash = e.leaf_hash FROM ledger_entry e
                WHERE e.partition = l.partition AND e.number = l.number;
            UPDATE ledger_node n SET hash = sha256('\\x01'::bytea || a.hash || b.hash) FROM ledger_leaf a, ledger_leaf b
                WHERE level = 1 AND a.position = 2 * index AND b.position = 2 * index + 1;
            """)
        for level in 2...3 {
            try await tamper(
                """
                UPDATE ledger_node n SET hash = sha256('\\x01'::bytea || a.hash || b.hash)
                FROM ledger_node a, ledger_node b WHERE n.level = \(level) AND a.level = n.level - 1
                    AND b.level = n.level - 1 AND a.index = 2 * n.index AND b.index = 2 * n.index + 1
                """)
        }
    }
}
