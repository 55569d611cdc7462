import Foundation

/// The figures of a run and the machine that they hold for.
struct Measurements: Codable, Equatable {
    struct Machine: Codable, Equatable {
        let cores: Int
        let model: String
    }

    let machine: Machine
    private(set) var figures: [Figure]

    init(machine: Machine, figures: [Figure]) {
        self.machine = machine
        self.figures = figures
    }

    init(file path: String) throws {
        self = try JSONDecoder().decode(Self.self, from: try Data(contentsOf: URL(filePath: path)))
    }

    /// None yet.
    static var ofThisMachine: Measurements {
        let processors = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = processors.split(separator: "\n").first { $0.hasPrefix("model name") }
        let model = line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
        return Measurements(
            machine: Machine(cores: ProcessInfo.processInfo.activeProcessorCount, model: model ?? "unknown"),
            figures: [])
    }

    /// One of the same name gives way.
    mutating func add(_ figure: Figure) {
        figures.removeAll { $0.name == figure.name }
        figures.append(figure)
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(filePath: path))
    }
}
