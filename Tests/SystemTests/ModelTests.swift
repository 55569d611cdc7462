import Foundation
import Testing

/// The suite's protocols as models that spin searches through (Tests/Models).
@Suite(.enabled(if: canRunScripts)) struct ModelTests {
    @Test("X3, X5 the models of the protocols hold, and fail when a rule is taken out")
    func models() async throws {
        let script = systemFolder.deletingLastPathComponent().appending(path: "Models").appending(path: "check.sh")
        try await run("/bin/bash", [script.path], name: "check.sh")
    }
}
