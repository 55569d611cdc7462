import Cryptography
import Models
import Testing

@testable import Operator

@Suite("The key of a reveal")
struct RevealKeyTests {
    @Test("opens what was sealed to it, for this contact and field alone")
    func opens() throws {
        let key = RevealKey()
        let data = key.added(to: ["field": "creditCard", "reason": "order 7"])
        let replyKey = try PublicSealingKey(jwk: try #require(data["replyKey"]).serialized)
        let header = ["sub": "c-1", "field": "creditCard"]
        let sealed = JWE.seal(Array("4111 1111".utf8), to: replyKey, header: header)
        let reply: JSON = ["status": "ok", "sealed": .string(sealed)]

        let opened = try key.opened(reply, subject: "c-1", field: "creditCard")
        #expect(opened == ["status": "ok", "value": "4111 1111"])
        #expect(throws: Ending.self) { try key.opened(reply, subject: "c-2", field: "creditCard") }
        #expect(throws: Ending.self) { try key.opened(reply, subject: "c-1", field: "nationalId") }
        #expect(throws: Ending.self) { try RevealKey().opened(reply, subject: "c-1", field: "creditCard") }
        #expect(throws: Ending.self) { try key.opened(["status": "ok"], subject: "c-1", field: "creditCard") }
    }
}
