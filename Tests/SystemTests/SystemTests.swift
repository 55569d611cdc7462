import Foundation
import Testing

/// The suite from outside: each test is a script under Tests/System that starts real processes with a broker and a
/// database of its own and talks to them as their users do. `./dev test` names the Python that has their libraries.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["TEST_PYTHON"] != nil))
struct SystemTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "System")

    private func run(_ script: String, _ arguments: String...) async throws {
        let environment = ProcessInfo.processInfo.environment
        let process = Process()
        process.executableURL = URL(filePath: try #require(environment["TEST_PYTHON"]))
        process.arguments = [Self.folder.appending(path: script).path] + arguments
        process.environment = environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        let output = FileManager.default.temporaryDirectory.appending(path: "assent-\(script)-\(UUID()).log")
        FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let handle = try FileHandle(forWritingTo: output)
        process.standardOutput = handle
        process.standardError = handle
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        #expect(status == 0, "\(script)\n\(text.suffix(6000))")
    }

    @Test("every message of the published contract has a schema and an example that fits it")
    func contract() async throws {
        try await run(
            "schemas.py",
            Self.folder.deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "asyncapi.yaml").path)
    }
}
