import Foundation

/// The mail server of `MailServer.py` in a process of its own.
final class MailServer {
    /// A mail that it accepted.
    struct Mail: Decodable {
        let at: Double
        let peer: Int
        let recipient: String
        let tls: Bool
        let mail: String
        let sender: String
        let options: [String]
    }

    /// The Python that has aiosmtpd; nil: these tests do not run.
    static let python = ProcessInfo.processInfo.environment["TEST_PYTHON"]

    let port: Int
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let folder: URL

    init(_ arguments: [String] = []) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "MailServer.py").path()
        process.executableURL = URL(filePath: Self.python ?? "/usr/bin/python3")
        process.arguments = [script, folder.appending(path: "record").path()] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        guard let port = Int(Self.line(from: output)) else { throw CannotStart() }
        self.port = port
    }

    /// From now on.
    func behave(_ behaviour: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((behaviour + "\n").utf8))
        _ = Self.line(from: output)
    }

    /// What it accepted, in order.
    var mails: [Mail] {
        get throws {
            let path = folder.appending(path: "record").path()
            guard let data = FileManager.default.contents(atPath: path) else { return [] }
            return try data.split(separator: UInt8(ascii: "\n")).map {
                try JSONDecoder().decode(Mail.self, from: Data($0))
            }
        }
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    private static func line(from pipe: Pipe) -> String {
        var line: [UInt8] = []
        while let byte = try? pipe.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }

    private struct CannotStart: Error {}
}
