import Models
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

@Suite struct ReadTests {
    @Test("an answer that would not fit a reply is refused, and says how to ask for less")
    func tooLarge() async throws {
        let sample = try VaultSample()
        var fields = try sample.created()
        let value = String(repeating: "\u{1}", count: 4096)
        let names = (0..<92).map { FieldName(stored: "f\($0)") }
        try fields.store(names.map { ($0, value) }, rules: sample.environment.rules)
        let refusal = await #expect(throws: Refusal.self) { try await sample.read(fields) }
        #expect(refusal?.code == .tooLarge && refusal?.message.contains("name fewer `fields`") == true)
        let effects = try sample.decide(VaultRead.self, ["fields": ["f1", "f2"]], on: &fields)
        guard case .answerLater(let make)? = effects.first else {
            Issue.record("no answer")
            return
        }
        #expect(try await make()["fields"]?.members?.count == 2)
    }
}
