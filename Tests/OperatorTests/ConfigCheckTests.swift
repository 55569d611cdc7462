import Testing

@testable import Operator

@Suite("What config check asks the vault")
struct ConfigCheckTests {
    private func memory(_ variables: [String: String]) throws -> VaultMemory? { try VaultMemory { variables[$0] } }

    @Test("V6 without an address nobody is asked")
    func nobody() throws { #expect(try memory([:]) == nil) }

    @Test(
        "V6 with a vault that cannot be asked nothing is in order",
        arguments: ["VAULT_DATABASE_URL", "DATABASE_URL"])
    func unreachable(_ name: String) async throws {
        let memory = try #require(try memory([name: "postgresql://nobody:secret@127.0.0.1:1/vault"]))
        let error = await #expect(throws: Ending.self) { try await memory.fields() }
        #expect(error?.status == .unreachable && error?.message?.contains("secret") == false)
    }

    @Test("V6 an address that is none is said, and not shown")
    func wrong() {
        let error = #expect(throws: Ending.self) { try memory(["VAULT_DATABASE_URL": "secret"]) }
        #expect(error?.status == .usage && error?.message?.contains("secret") == false)
    }
}
