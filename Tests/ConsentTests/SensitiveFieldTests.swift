import FieldMemory
import Foundation
import Messaging
import Models
import Settings
import TestSupport
import Testing

@testable import ConsentDomain
@testable import ConsentService

private let now = Timestamp(microseconds: 1_763_800_000_000_000)

@Suite("Fields that were once sensitive")
struct SensitiveFieldTests {
    @Test(
        "V6 consent remembers in its own database what was sensitive, and refuses to make an attribute of it",
        .enabled(if: ProcessInfo.processInfo.environment["DATABASE_TEST_URL"] != nil, "DATABASE_TEST_URL is not set"))
    func remembers() async throws {
        try await TestDatabase.withSchema(MessagingMigrations.all + ConsentMigrations.all) { pool in
            let memory = SensitiveFieldStore(pool: pool)
            let brand = "brand: {name: A}\n"
            try await memory.require(yaml: brand + "fields: {card: {sensitive: true, show: {last: 4}}}", at: now)
            for changed in ["attributes: {card: {}}", "fields: {card: {}}", "lists: [a]"] {
                await #expect(throws: SettingsErrors.self) { try await memory.require(yaml: brand + changed, at: now) }
            }
            #expect(try await memory.remembered() == ["card": .last(4)])
        }
    }

    @Test(
        "an attribute has its composed name, in conditions too", arguments: ["\u{212A}onto", "Konto"])
    func composes(_ spelled: String) throws {
        let profile: JSON = .object([JSON.Member(spelled, "x")])
        let data: JSON = ["email": "a@example.com", "profile": profile]
        let change = try ContactChange(reading: try Reader(data, at: "/data"), sensitive: [])
        #expect(change.profile.map { Array($0.name.utf8) } == [Array("Konto".utf8)])
        let (condition, refusals) = Condition.checked(
            ["field": .string("profile." + spelled), "is": "x"], at: "/data/where",
            knowing: Condition.Vocabulary(attributes: ["Konto"], lists: [], consents: []))
        #expect(refusals.isEmpty)
        guard case .leaf(.profile(let name), _) = condition else {
            Issue.record("no leaf")
            return
        }
        #expect(Array(name.utf8) == Array("Konto".utf8))
    }
}
