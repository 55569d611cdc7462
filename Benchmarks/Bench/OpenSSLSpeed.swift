import Foundation

/// What `openssl speed` says that one core can do.
struct OpenSSLSpeed {
    /// ECDH on P-256 a second.
    let agreements: Double
    /// AES-256-GCM of 256 bytes a second.
    let encryptions: Double

    /// Swift's threads block signals, which a program that they start inherits; openssl's clock is one.
    private static let arguments = ["--default-signal=ALRM", "openssl", "speed", "-mr", "-seconds", "1"]

    /// Runs it, a second for each.
    static func measure() throws -> OpenSSLSpeed {
        OpenSSLSpeed(
            agreements: try number(after: "+F5:", column: 2, arguments + ["ecdhp256"]),
            encryptions: try number(after: "+F:", column: 2, arguments + ["-bytes", "256", "-evp", "aes-256-gcm"]) / 256
        )
    }

    /// Keys of 32 bytes that are wrapped a second (RFC 3394).
    static func keyWraps() throws -> Double {
        try number(after: "+F:", column: 2, arguments + ["-bytes", "32", "-evp", "id-aes256-wrap"]) / 32
    }

    /// The column, from 0, of the line that begins so; the beginning itself is none.
    private static func number(after beginning: String, column: Int, _ arguments: [String]) throws -> Double {
        let output = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(
            separator: "\n")
        process.waitUntilExit()
        guard let line = lines.first(where: { $0.hasPrefix(beginning) }),
            let number = Double(line.dropFirst(beginning.count).split(separator: ":")[column])
        else { throw Failure("openssl speed gave no figure") }
        return number
    }
}
