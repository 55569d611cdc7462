import Cryptography
import Keys
import Logging
import Models
import PostgreSQL
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

private let now = VaultSample.now
private let firstName = FieldName(stored: "firstName")
private let card = FieldName(stored: "creditCard")
private let nick = FieldName(stored: "nick")

extension FindTests {
    @Test("V5 a contact is found whose values were replaced hundreds of times within minutes, and so are those behind")
    func oftenReplaced() async throws {
        try await withVault { vault in
            try await vault.store("c-1", [(firstName, "Anna")], at: -2)
            // The first of the two fields that match has all the postings that one look takes.
            try await vault.store("c-1", [(firstName, "Berta"), (nick, "Anna")], at: -1)
            try await vault.store("c-2", [(firstName, "Annette")])
            _ = try await vault.keys.run([
                Statement(
                    """
                    INSERT INTO find_posting SELECT hash, contact, stamp - n, field
                    FROM find_posting, generate_series(1, 400) n
                    """)
            ])
            #expect(try await vault.find("anna") == ["c-1"])
            #expect(try await vault.find("ann") == ["c-1", "c-2"])
            #expect(try await vault.find("berta", in: "firstName") == ["c-1"])
            #expect(try await vault.find("anna", in: "firstName").isEmpty)
        }
    }

    @Test("V5 80,000 hashes of other rules are exchanged within the time of one statement")
    func renewsMany() async throws {
        try await withVault { vault in
            _ = try await vault.keys.run([
                Statement(
                    """
                    INSERT INTO contact_key SELECT 'c-' || c, 1,
                        (SELECT jsonb_object_agg('f' || f, repeat('k', 54)) FROM generate_series(1, 8) f)
                    FROM generate_series(1, 50) c
                    """),
                Statement(
                    """
                    INSERT INTO find_posting
                    SELECT (c * 10 + f) * 1000 + h, 'c-' || c, CASE WHEN h = 0 THEN 6 ELSE 7 END, 'f' || f
                    FROM generate_series(1, 50) c, generate_series(1, 8) f, generate_series(0, 200) h
                    """),
            ])
            var postings = Postings()
            for contact in 1...50 {
                for field in 1...8 {
                    // One of its own stays; another's is none of its own.
                    let first = Int64(contact * 10 + field) * 1000
                    postings.add(
                        contact: "c-\(contact)", field: FieldName(stored: "f\(field)"), stamp: 7,
                        hashes: [first + 1] + (500..<699).map { first + $0 })
                }
            }
            _ = try await vault.keys.run([postings.renewing(settled: 0)])
            let counts = """
                SELECT count(*), count(*) FILTER (WHERE hash % 1000 = 1), count(*) FILTER (WHERE stamp = 6)
                FROM find_posting
                """
            let row = try await vault.keys.run([Statement(counts)])[0][0]
            #expect(try row.int64(0) == 50 * 8 * 201)
            #expect(try row.int64(1) == 400)
            #expect(try row.int64(2) == 400, "not settled yet")
        }
    }

    @Test("V5 a step that takes too long is done in halves")
    func halves() async throws {
        try await withVault { vault in
            for number in 0..<9 { try await vault.store("c-\(number)", [(firstName, "Anna"), (nick, "Annette")]) }
            _ = try await vault.keys.run([
                Statement("DELETE FROM find_posting"),
                Statement("ALTER FUNCTION renew_postings RENAME TO renew_really"),
                Statement(
                    """
                    CREATE FUNCTION renew_postings(text[], text[], bigint[], integer[], bigint[], bigint)
                    RETURNS void LANGUAGE plpgsql AS $$
                    BEGIN
                        IF cardinality($1) > 3 THEN RAISE EXCEPTION 'slow' USING ERRCODE = '57014'; END IF;
                        PERFORM renew_really($1, $2, $3, $4, $5, $6);
                    END $$
                    """),
            ])
            let passes = try vault.configured(vault.sample.environment.rules).passes
            #expect(try await passes.step(at: now) == .page)
            #expect(try await passes.step(at: now) == .end)
            #expect(try await vault.find("ann").count == 9)
            #expect(try await vault.find("annette").count == 9)
        }
    }

    @Test("V5 reviews go on while a pass fails")
    func reviewsBesideFailures() async throws {
        try await withVault { vault in
            try await vault.store("c-1", [(firstName, "Anna")])
            _ = try await vault.keys.run([
                Statement(
                    """
                    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$
                    """),
                Statement("CREATE TRIGGER refuse BEFORE UPDATE ON find_pass FOR EACH ROW EXECUTE FUNCTION refuse()"),
                Statement("INSERT INTO find_review VALUES ('c-1', 'firstName', now() - interval '1 s')"),
            ])
            let passes = try vault.configured(vault.sample.environment.rules).passes
            await #expect(throws: DatabaseError.self) { try await passes.step(at: now) }
            let upkeep = Task {
                try await FindUpkeep(passes: passes, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }).run()
            }
            let deadline = ContinuousClock.now + .seconds(15)
            while try await vault.count("find_review") > 0 {
                try #require(ContinuousClock.now < deadline, "it is never reviewed")
                await Task.yield()
            }
            upkeep.cancel()
            try await upkeep.value
        }
    }

    @Test("V5, V7 a field that is not declared is not searched, and a key that a restored store lacks is missed")
    func undeclared() async throws {
        try await withVault { vault in
            let shoe = FieldName(stored: "shoe")
            try await vault.store("c-1", [(nick, "Anna"), (shoe, "Anna 42")])
            #expect(try await vault.find("anna") == ["c-1"])
            #expect(try await vault.find("42").isEmpty)
            let fields = try await vault.keys.run([Statement("SELECT field FROM index_key")])[0]
            #expect(try fields.map { try $0.text(0) } == ["nick"])
            _ = try await vault.keys.run([Statement("DELETE FROM index_key")])
            let error = await #expect(throws: DatabaseError.self) {
                try await vault.store("c-1", [(nick, "Berta")], at: 1)
            }
            #expect(error?.isRetriable == true)
            try await vault.store("c-1", [(nick, "Berta"), (shoe, nil)], at: 1)
            #expect(try await vault.find("berta") == ["c-1"])
        }
    }

    @Test("V5 what a restored database holds is found again, and nothing of what it lacks")
    func restored() async throws {
        try await withVault { vault in
            let marks = FindMarks(data: vault.data, keys: vault.keys)
            let passes = try vault.configured(vault.sample.environment.rules).passes
            for _ in 0..<3 { #expect(try await !marks.move()) }
            try await vault.store("c-1", [(firstName, "Anna")])
            #expect(try await passes.step(at: now) == .page)
            #expect(try await passes.step(at: now) == .end)
            _ = try await vault.data.run([
                Statement("CREATE TABLE backup AS SELECT * FROM field"),
                Statement("CREATE TABLE backup_mark AS SELECT * FROM find_mark"),
            ])
            for _ in 0..<3 { #expect(try await !marks.move()) }
            try await vault.store("c-1", [(firstName, "Berta")], at: 1)
            _ = try await vault.keys.run([Statement("UPDATE find_review SET due_at = now()")])
            #expect(try await passes.review(at: now + .seconds(700)))
            _ = try await vault.data.run([
                Statement("DELETE FROM field"), Statement("INSERT INTO field SELECT * FROM backup"),
                Statement("UPDATE find_mark SET number = (SELECT number FROM backup_mark)"),
            ])
            #expect(try await vault.find("anna").isEmpty)
            #expect(try await marks.move())
            #expect(try await !marks.move())
            #expect(try await passes.step(at: now) == .page)
            #expect(try await vault.find("anna") == ["c-1"])
            #expect(try await vault.find("berta").isEmpty)
        }
    }

    @Test("V5 questions have connections of their own, and wait for no batch")
    func ownConnections() async throws {
        try await withVault { vault in
            try await vault.store("c-1", [(firstName, "Annabella Anna")])
            try await TestDatabase.withSchema([]) { batches in
                let sample = try VaultSample(keys: batches, questions: vault.keys)
                let busy = Vault(sample: sample, data: vault.data, keys: vault.keys)
                try await batches.withConnection { _ in
                    try await batches.withConnection { _ in
                        #expect(try await busy.find("anna") == ["c-1"])
                        #expect(try await busy.find("annabella anna") == ["c-1"])
                        let data: JSON = ["contacts": ["c-1"], "fields": ["firstName"]]
                        let rows = try await VaultExport(reading: try Reader(data, at: "/data")).answer(
                            QueryContext(
                                environment: sample.environment, message: sample.message("vault.export", data),
                                pool: vault.data, now: now))
                        #expect(rows.serialized.contains("Annabella Anna"))
                    }
                }
            }
        }
    }
}
