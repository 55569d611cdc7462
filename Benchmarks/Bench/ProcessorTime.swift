import Foundation
import Glibc

/// Processor time that processes of the run have used, in seconds: its own, and that of its children, living or dead.
struct ProcessorTime {
    let broker: Double
    let database: Double
    let service: Double

    /// Of the broker, of PostgreSQL with its backends, and of one service, as `./dev` names them in its pid files.
    static func read(of service: String) throws -> ProcessorTime {
        ProcessorTime(
            broker: try seconds(of: "broker"), database: try seconds(of: "database"),
            service: try seconds(of: service))
    }

    /// Microseconds for each of so many messages since `earlier`.
    func microseconds(since earlier: ProcessorTime, each count: Int) -> ProcessorTime {
        let scale = 1_000_000 / Double(count)
        return ProcessorTime(
            broker: (broker - earlier.broker) * scale, database: (database - earlier.database) * scale,
            service: (service - earlier.service) * scale)
    }

    private static func seconds(of name: String) throws -> Double {
        let file = URL(filePath: try variable("RUN_FOLDER")).appending(path: "\(name).pid")
        let content = try String(contentsOf: file, encoding: .utf8)
        guard let process = content.split(separator: " ").first.flatMap({ Int($0) }) else {
            throw Failure("\(name) has no process id")
        }
        let own = try fields(of: process)
        // The dead ones count with their parent once it has waited for them.
        var ticks = own.ticks(Self.user...Self.deadChildrenSystem)
        for other in try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap({ Int($0) }) {
            // Somebody else's process may just have ended.
            guard let fields = try? fields(of: other), fields.ticks(Self.parent...Self.parent) == process else {
                continue
            }
            ticks += fields.ticks(Self.user...Self.system)
        }
        return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Places in /proc/PID/stat, counted from the state, the first after the name.
    private static let parent = 1
    private static let user = 11
    private static let system = 12
    private static let deadChildrenSystem = 14

    private static func fields(of process: Int) throws -> [Substring] {
        let stat = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        // The name in brackets may hold blanks.
        guard let end = stat.lastIndex(of: ")") else { throw Failure("/proc shows no process") }
        return stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace)
    }
}

extension [Substring] {
    fileprivate func ticks(_ range: ClosedRange<Int>) -> Int {
        range.reduce(0) { $0 + (indices.contains($1) ? Int(self[$1]) ?? 0 : 0) }
    }
}
