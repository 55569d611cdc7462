import Foundation
import Testing

/// `./dev test` names the Python that has the libraries of the scripts under Tests/System.
let canRunScripts = ProcessInfo.processInfo.environment["TEST_PYTHON"] != nil

/// The scripts.
let systemFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "System")

/// Runs a script under Tests/System; it ends with 0 when all its cases hold.
func run(_ script: String, _ arguments: String...) async throws {
    let python = try #require(ProcessInfo.processInfo.environment["TEST_PYTHON"])
    try await run(python, [systemFolder.appending(path: script).path] + arguments, name: script)
}

/// Runs a program to its end; what it printed last is shown where it failed.
func run(_ program: String, _ arguments: [String], name: String) async throws {
    let environment = ProcessInfo.processInfo.environment
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.environment = environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { _, new in new }
    process.standardInput = FileHandle.nullDevice
    let output = FileManager.default.temporaryDirectory.appending(path: "assent-\(name)-\(UUID()).log")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: output) }
    let handle = try FileHandle(forWritingTo: output)
    process.standardOutput = handle
    process.standardError = handle
    let status = try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
        do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
    #expect(status == 0, "\(name)\n\(text.suffix(6000))")
}
