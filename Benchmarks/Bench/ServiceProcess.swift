import Foundation
import Glibc

/// A service that the benchmark itself starts, counts and stops, with what `./dev bench` gives it.
struct ServiceProcess {
    static let all = ["consent", "optin", "vault", "erasure", "notifier"]
    /// Between two looks at a process.
    private static let pause = Duration.milliseconds(1)
    private static let limit = Duration.seconds(30)

    let name: String
    private let process: Process
    private let healthAddress: String
    private let started: ContinuousClock.Instant

    /// Resident memory in MiB.
    struct Memory {
        let highest: Double
        let last: Double
    }

    static func start(_ name: String, with more: [String: String] = [:]) throws -> ServiceProcess {
        let run = URL(filePath: try variable("RUN_FOLDER"))
        let environment = try environment(at: run.appending(path: "\(name).env")).merging(more) { $1 }
        let process = Process()
        // Swift's threads block signals, which a program that they start inherits.
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["--default-signal", Bundle.main.bundleURL.appending(path: name).path]
        process.environment = environment
        let log = try logFile(name)
        process.standardOutput = log
        process.standardError = log
        let started = ContinuousClock.now
        try process.run()
        try log.close()
        let this = ServiceProcess(
            name: name, process: process, healthAddress: environment["HEALTH_ADDRESS"] ?? "", started: started)
        try this.leaveIdentity(at: run.appending(path: "\(name).pid"))
        return this
    }

    /// Starts them and returns once all are ready.
    static func start(_ names: [String]) async throws -> [ServiceProcess] {
        let services = try names.map { try start($0) }
        for service in services { _ = try await service.untilReady() }
        return services
    }

    /// From the start of the process until it says that it is ready.
    func untilReady() async throws -> Duration {
        while ContinuousClock.now < started + Self.limit {
            if try isReady() { return ContinuousClock.now - started }
            guard process.isRunning else { throw Failure("\(name) ended") }
            try await Task.sleep(for: Self.pause)
        }
        throw Failure("\(name) did not become ready")
    }

    /// From SIGTERM until the process is gone.
    func stop() async throws -> Duration {
        let start = ContinuousClock.now
        process.terminate()
        while process.isRunning {
            guard ContinuousClock.now < start + Self.limit else { throw Failure("\(name) does not end") }
            try await Task.sleep(for: Self.pause)
        }
        guard process.terminationStatus == 0 else { throw Failure("\(name) ended with \(process.terminationStatus)") }
        return ContinuousClock.now - start
    }

    /// What `/proc/PID/status` says.
    func memory() throws -> Memory {
        Memory(highest: try mebibytes("VmHWM"), last: try mebibytes("VmRSS"))
    }

    private func mebibytes(_ name: String) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }),
            let kibibytes = Double(line.split(whereSeparator: \.isWhitespace)[1])
        else { throw Failure("/proc names no \(name)") }
        return kibibytes / 1024
    }

    /// `GET /readyz`; a port that nobody listens at yet is not ready.
    private func isReady() throws -> Bool {
        let parts = healthAddress.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else { throw Failure("HEALTH_ADDRESS is no host:port") }
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var server = sockaddr_in()
        server.sin_family = sa_family_t(AF_INET)
        server.sin_port = port.bigEndian
        server.sin_addr.s_addr = inet_addr(String(parts[0]))
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafePointer(to: &server) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(connection, $0, size) == 0 }
        }
        let request = [UInt8]("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard isConnected, send(connection, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else { return false }
        var answer = [UInt8](repeating: 0, count: 12)
        let length = recv(connection, &answer, answer.count, Int32(MSG_WAITALL))
        return length == answer.count && String(decoding: answer, as: UTF8.self) == "HTTP/1.1 200"
    }

    /// Process id and start time, so that `./dev bench` stops it where the benchmark cannot.
    private func leaveIdentity(at file: URL) throws {
        let stat = try String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
        guard let end = stat.lastIndex(of: ")") else { throw Failure("/proc shows no process") }
        let fields = stat[end...].split(separator: " ")
        try Data("\(process.processIdentifier) \(fields[20])\n".utf8).write(to: file)
    }

    private static func environment(at file: URL) throws -> [String: String] {
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return Dictionary(
            lines.map { line in
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count == 2 ? String(parts[1]) : "")
            }, uniquingKeysWith: { _, last in last })
    }

    private static func logFile(_ name: String) throws -> FileHandle {
        let file = URL(filePath: try variable("LOG_FOLDER")).appending(path: "\(name).log")
        if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        return handle
    }
}
