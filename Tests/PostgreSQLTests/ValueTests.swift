import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite(.database) struct ValueTests {
    private static let texts = ["", "plain", "O'Reilly \"said\" \\ NULL {a,b}", "Grüße 🐘 日本", "e\u{301}", "NULL"]

    @Test("texts of every sort come back as they were") func texts() async throws {
        let connection = try await TestDatabase.connection()
        for text in Self.texts {
            let rows = try await connection.run(Statement("SELECT $1::text, $1 || ''", [.text(text)]))
            #expect(try rows[0].text(0) == text)
            #expect(try Array(rows[0].text(1).utf8) == Array(text.utf8))
        }
        await connection.close()
    }

    @Test("scalars of every type come back as they were") func scalars() async throws {
        let connection = try await TestDatabase.connection()
        let id = UUID()
        let rows = try await connection.run(
            Statement(
                "SELECT $1::int4, $2::int8, $3::bool, $4::uuid, $5::bytea, $6::timestamptz, $7::jsonb, $8::bool",
                [
                    .int4(-7), .int8(Int64.min), .bool(true), .uuid(id), .bytes([0, 255, 39, 92]),
                    .timestamp(1_700_000_000_123_456), .jsonText(#"{"a": "ü"}"#), .bool(false),
                ]))
        let row = rows[0]
        #expect(try row.int64(0) == -7)
        #expect(try row.int64(1) == Int64.min)
        #expect(try row.bool(2))
        #expect(try row.uuid(3) == id)
        #expect(try row.bytes(4) == [0, 255, 39, 92])
        #expect(try row.timestampMicroseconds(5) == 1_700_000_000_123_456)
        #expect(try row.text(6) == #"{"a": "ü"}"#)
        #expect(try !row.bool(7))
        await connection.close()
    }

    @Test("the server understands each scalar as we mean it") func meaning() async throws {
        let connection = try await TestDatabase.connection()
        let rows = try await connection.run(
            Statement(
                """
                SELECT $1::text, $2::text, $3::text, $4::text, encode($5, 'hex'), ($6 AT TIME ZONE 'UTC')::text
                """,
                [
                    .int4(1_000_000), .int8(-2), .bool(true),
                    .uuid(UUID(uuidString: "6BA7B810-9DAD-11D1-80B4-00C04FD430C8")),
                    .bytes([1, 171]), .timestamp(-1_000_000),
                ]))
        let texts = try (0..<6).map { try rows[0].text($0) }
        #expect(
            texts == [
                "1000000", "-2", "true", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "01ab", "1969-12-31 23:59:59",
            ])
        await connection.close()
    }

    @Test("NULL of every type is NULL, and reading it as a value throws") func nulls() async throws {
        let connection = try await TestDatabase.connection()
        let rows = try await connection.run(
            Statement(
                "SELECT $1, $2, $3, $4, $5, $6, $7, $8",
                [
                    .text(nil), .int4(nil), .int8(nil), .bool(nil), .uuid(nil), .bytes(nil), .timestamp(nil),
                    .jsonText(nil),
                ]))
        let row = rows[0]
        for column in 0..<8 { #expect(try row.isNull(column)) }
        #expect(try row.optionalText(0) == nil)
        #expect(try row.optionalInt64(1) == nil)
        #expect(try row.optionalInt64(2) == nil)
        #expect(try row.optionalBool(3) == nil)
        #expect(try row.optionalUUID(4) == nil)
        #expect(try row.optionalBytes(5) == nil)
        #expect(try row.optionalTimestampMicroseconds(6) == nil)
        #expect(throws: DatabaseError.self) { try row.text(0) }
        #expect(throws: DatabaseError.self) { try row.int64(1) }
        await connection.close()
    }

    @Test("a wrong type, a missing column and an infinite time throw") func wrongReads() async throws {
        let connection = try await TestDatabase.connection()
        let rows = try await connection.run(
            Statement("SELECT 1::int8, 'x'::text, 'infinity'::timestamptz, '-infinity'::timestamptz, 1.5::numeric"))
        #expect(throws: DatabaseError.self) { try rows[0].text(0) }
        #expect(throws: DatabaseError.self) { try rows[0].int64(1) }
        #expect(throws: DatabaseError.self) { try rows[0].timestampMicroseconds(2) }
        #expect(throws: DatabaseError.self) { try rows[0].timestampMicroseconds(3) }
        #expect(throws: DatabaseError.self) { try rows[0].int64(4) }
        #expect(throws: DatabaseError.self) { try rows[0].textArray(1) }
        #expect(throws: DatabaseError.self) { try rows[0].text(5) }
        #expect(throws: DatabaseError.self) { try rows[0].text(-1) }
        await connection.close()
    }

    @Test("arrays of every type come back with their NULLs") func arrays() async throws {
        let connection = try await TestDatabase.connection()
        let id = UUID()
        let rows = try await connection.run(
            Statement(
                "SELECT $1, $2, $3, $4, $5, $6, $7",
                [
                    .texts(Self.texts + [nil]), .int4s([1, nil, Int32.min]), .int8s([nil, Int64.max]),
                    .bools([true, nil, false]), .uuids([id, nil]), .byteArrays([[], nil, [0, 1]]),
                    .timestamps([0, nil, 1_700_000_000_000_001]),
                ]))
        let row = rows[0]
        #expect(try row.nullableTextArray(0) == Self.texts + [nil])
        #expect(try row.nullableInt64Array(1) == [1, nil, Int64(Int32.min)])
        #expect(try row.nullableInt64Array(2) == [nil, Int64.max])
        #expect(try row.nullableBoolArray(3) == [true, nil, false])
        #expect(try row.nullableUUIDArray(4) == [id, nil])
        #expect(try row.nullableBytesArray(5) == [[], nil, [0, 1]])
        #expect(try row.nullableTimestampMicrosecondsArray(6) == [0, nil, 1_700_000_000_000_001])
        #expect(throws: DatabaseError.self) { try row.textArray(0) }
        await connection.close()
    }

    @Test("arrays of different lengths are unnested a row each, whatever their texts hold")
    func arrayTexts() async throws {
        let connection = try await TestDatabase.connection()
        let hostile = ["", " ", "NULL", "null", "{}", "a,b", #"a"b"#, #"\"#, #"\""#, "'", "\n\t", "ä€🙂", "{\"x\":1}"]
        let arrays = [[], hostile + Self.texts, [""], ["one"]] + hostile.map { [$0, $0] }
        let rows = try await connection.run(
            Statement(
                "SELECT list::text[] FROM unnest($1::text[]) WITH ORDINALITY AS a (list, number) ORDER BY number",
                [.arrayTexts(arrays)]))
        #expect(try rows.map { try $0.textArray(0) } == arrays)
        await connection.close()
    }

    @Test("empty arrays are empty, not NULL") func emptyArrays() async throws {
        let connection = try await TestDatabase.connection()
        let rows = try await connection.run(
            Statement(
                "SELECT $1, $2, $3, $4, $5, $6, (SELECT count(*) FROM unnest($1, $4))",
                [.texts([]), .int8s([]), .bools([]), .uuids([]), .byteArrays([]), .timestamps([])]))
        let row = rows[0]
        #expect(try row.textArray(0) == [])
        #expect(try row.int64Array(1) == [])
        #expect(try row.boolArray(2) == [])
        #expect(try row.uuidArray(3) == [])
        #expect(try row.bytesArray(4) == [])
        #expect(try row.timestampMicrosecondsArray(5) == [])
        #expect(try row.int64(6) == 0)
        await connection.close()
    }

    @Test("unnest keeps the order and pairs the arrays") func unnest() async throws {
        let connection = try await TestDatabase.connection()
        let numbers = (0..<300).map { Int64($0) }
        let rows = try await connection.run(
            Statement(
                "SELECT * FROM unnest($1::int8[], $2::text[])",
                [.int8s(numbers), .texts(numbers.map { $0 % 7 == 0 ? nil : "n\($0)" })]))
        #expect(rows.count == 300)
        for (number, row) in zip(numbers, rows) {
            #expect(try row.int64(0) == number)
            #expect(try row.optionalText(1) == (number % 7 == 0 ? nil : "n\(number)"))
        }
        await connection.close()
    }

    @Test("a bytea of 1 MiB and an empty one come back") func large() async throws {
        let connection = try await TestDatabase.connection()
        let bytes = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let rows = try await connection.run(Statement("SELECT $1, $2", [.bytes(bytes), .bytes([])]))
        #expect(try rows[0].bytes(0) == bytes)
        #expect(try rows[0].bytes(1) == [])
        #expect(try !rows[0].isNull(1))
        await connection.close()
    }

    @Test("enums and JSON are read as text") func enums() async throws {
        try await TestDatabase.withSchema { address, _ in
            let connection = try await Connection.open(address, name: "test")
            try await connection.execute(script: "CREATE TYPE mood AS ENUM ('glad', 'sad')")
            let rows = try await connection.run(
                Statement("SELECT $1::mood, ARRAY['sad'::mood], $2::json", [.text("glad"), .jsonText("[1]")]))
            #expect(try rows[0].text(0) == "glad")
            #expect(try rows[0].textArray(1) == ["sad"])
            #expect(try rows[0].text(2) == "[1]")
            await connection.close()
        }
    }

    @Test("command tags and counts are told") func tags() async throws {
        try await TestDatabase.withSchema { address, _ in
            let connection = try await Connection.open(address, name: "test")
            let results = try await connection.run([
                Statement("CREATE TABLE t (n int8)"), Statement("INSERT INTO t SELECT generate_series(1, 5)"),
                Statement("UPDATE t SET n = n + 1 WHERE n > $1", [.int8(3)]), Statement("DELETE FROM t RETURNING n"),
            ])
            #expect(results.map(\.tag) == ["CREATE TABLE", "INSERT 0 5", "UPDATE 2", "DELETE 5"])
            #expect(results.map(\.affected) == [0, 5, 2, 5])
            #expect(results.map(\.count) == [0, 0, 0, 5])
            await connection.close()
        }
    }
}
