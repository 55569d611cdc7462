import Ledger
import Models
import PostgreSQL
import TestSupport
import Testing

/// Numbers that only the owner of the database can write: none ends the process, or what the ledger does for others.
@Suite("Impossible numbers in the ledger", .database, .timeLimit(.minutes(10))) struct OverflowTests {
    private static let largest = Int64.max
    private static let entries: [(sql: String, findings: [String])] = [
        ("INSERT INTO ledger_node VALUES (62, 1, '')", ["rewritten"]),
        ("INSERT INTO ledger_node VALUES (1, \(largest), '')", ["rewritten"]),
        ("INSERT INTO ledger_node VALUES (49, 0, ''), (62, \(largest), '')", ["rewritten", "rewritten"]),
        ("INSERT INTO ledger_leaf VALUES (\(largest), 0, 99, '')", ["inserted 0-99"]),
        ("INSERT INTO ledger_leaf VALUES (-1, 0, 99, '')", ["inserted 0-99"]),
        ("INSERT INTO ledger_leaf VALUES (\(Int64(1) << 48), 0, \(largest), '')", ["inserted 0-\(largest)"]),
        ("INSERT INTO ledger_entry VALUES (0, \(largest), '', '')", ["inserted 0-\(largest)"]),
        ("INSERT INTO ledger_entry VALUES (0, \(largest - 1), '', '')", ["inserted 0-\(largest - 1)"]),
        (
            "INSERT INTO ledger_checkpoint VALUES (\(largest), '', '', now())",
            ["forgedCheckpoint, checkpoint of \(largest)"]
        ),
    ]

    @Test("X1 a position, level or number beyond every tree is a finding, and ends nothing", arguments: entries)
    func audited(_ change: (sql: String, findings: [String])) async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            try await ledger.tamper(
                "ALTER TABLE ledger_leaf DROP CONSTRAINT ledger_leaf_position_check; " + change.sql)
            #expect(try await ledger.findings() == change.findings)
        }
    }

    @Test("X1 a leaf's position beyond its tree, or a checkpoint beyond every tree, proves nothing and ends nothing")
    func proved() async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            try await ledger.tamper("ALTER TABLE ledger_leaf DROP CONSTRAINT ledger_leaf_position_check")
            let index = LedgerIndex(partition: 2, number: 5)
            for position in [Int64.max, 1 << 48, 15, -1, Int64.min] {
                try await ledger.tamper(
                    "UPDATE ledger_leaf SET position = \(position) WHERE (partition, number) = (2, 5)")
                await #expect(throws: LedgerError.unknownSize(15)) {
                    try await ledger.reader.proof(of: index, waiting: .zero)
                }
            }
            try await ledger.tamper("INSERT INTO ledger_checkpoint VALUES (\(Int64.max), '', '', now())")
            await #expect(throws: LedgerError.unknownSize(.max)) {
                try await ledger.reader.inclusion(of: LedgerIndex(partition: 0, number: 1))
            }
            await #expect(throws: LedgerError.unknownSize(6)) {
                try await ledger.reader.consistency(from: 6, to: .max)
            }
            await #expect(throws: LedgerError.treeWasChanged(size: .max)) {
                try await ledger.record(1, in: 0)
                try await ledger.checkpointer.fold()
            }
        }
    }

    @Test(
        "X1 a number that nobody was given is passed over: others are recorded and folded as ever",
        arguments: [Int64.max, Int64.max - 1, Int64(1 << 53) + 1] as [Int64])
    func numbered(_ number: Int64) async throws {
        try await TestLedger.with { ledger in
            try await ledger.fill()
            try await ledger.tamper("INSERT INTO ledger_entry VALUES (1, \(number), '', '')")
            #expect(try await ledger.record(2, in: 1).map(\.description) == ["1-6", "1-7"])
            #expect(try await ledger.checkpointer.fold()?.size == 17)
            #expect(try await ledger.record(1, in: 1).map(\.description) == ["1-8"])
            #expect(try await ledger.checkpointer.fold()?.size == 18)
            #expect(try await ledger.findings() == ["inserted 1-\(number)"])
        }
    }
}
