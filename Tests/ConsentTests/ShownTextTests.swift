import Models
import PostgreSQL
import Settings
import TestSupport
import Testing

@testable import ConsentService
@testable import Messaging

private let yaml = """
    brand: {name: A}
    controller: {name: Example GmbH}
    consents: {tracking: {kind: tracking, version: "1", text: {en: You may track me}}}
    """

@Suite("Texts that were shown", .database)
struct ShownTextTests {
    private func later(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: decisionTime.microseconds + seconds * 1_000_000)
    }

    @Test("C0 texts are kept; a service does not start with another text of an old version")
    func kept() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let texts = ShownTexts(pool: pool)
            try await texts.require(yaml: yaml, at: later(0))
            try await texts.require(yaml: yaml, at: later(1))
            let reworded = yaml.replacing("You may", with: "You must")
            await #expect(throws: SettingsErrors.self) { try await texts.require(yaml: reworded, at: later(2)) }
            let second = reworded.replacing("version: \"1\"", with: "version: \"2\"")
            try await texts.require(yaml: second, at: later(3))
            try await texts.require(yaml: "brand: {name: A}", at: later(4))
            await #expect(throws: SettingsErrors.self) {
                try await texts.require(yaml: second.replacing("You must", with: "You may"), at: later(5))
            }
            let keys = ["1", "2", "3"].map { ["consents/tracking", $0, "en"] }
            let found = try await texts.contents(of: keys + keys)
            #expect(
                found.mapValues { $0["text"]?.text } == [keys[0]: "You may track me", keys[1]: "You must track me"])
        }
    }

    @Test("C8 who was named as responsible is kept with the time, one row a change")
    func controllers() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let texts = ShownTexts(pool: pool)
            let other = yaml.replacing("Example", with: "Other")
            for (second, text) in [yaml, yaml, other, other, yaml].enumerated() {
                try await texts.require(yaml: text, at: later(Int64(second)))
            }
            let found = try await texts.controllers()
            #expect(found.map(\.content["name"]?.text) == ["Example GmbH", "Other GmbH", "Example GmbH"])
            #expect(found.map(\.since) == [later(0), later(2), later(4)])
        }
    }
}
