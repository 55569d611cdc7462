import Foundation
import Testing

/// The source text itself is under test: what the compiler cannot say of it (style.md).
@Suite struct TidyTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private struct Source: Sendable {
        let path: String
        let lines: [String]
        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ").filter { !["public", "internal", "@testable"].contains($0) }
                return words.first == "import" ? words.last.map(String.init) : nil
            }
        }
    }

    private static func sources(under folders: String..., ending: String = ".swift") throws -> [Source] {
        var sources: [Source] = []
        for folder in folders {
            let root = repository.appending(path: folder)
            for case let name as String in FileManager.default.enumerator(atPath: root.path) ?? .init()
            where name.hasSuffix(ending) {
                let text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
                sources.append(Source(path: "\(folder)/\(name)", lines: text.components(separatedBy: "\n")))
            }
        }
        try #require(!sources.isEmpty)
        return sources
    }

    @Test("a domain imports the models and nothing that knows time, chance or the outside")
    func domainPurity() throws {
        let allowed: Set<String> = ["Models", "FoundationEssentials"]
        for source in try Self.sources(under: "Services") where source.path.contains("/Domain/") {
            #expect(Set(source.imports).isSubset(of: allowed), "\(source.path)")
            let text = source.lines.joined(separator: "\n")
            for word in ["async ", "Date()", ".now()", "random(", "UUID()"] {
                #expect(!text.contains(word), "\(source.path): \(word)")
            }
        }
    }

    @Test("each C library is imported by one module")
    func bordersToC() throws {
        let homes = [
            "CRabbitMQ": "Shared/RabbitMQ/", "CPostgreSQL": "Shared/PostgreSQL/", "COpenSSL": "Shared/Cryptography/",
            "CCurl": "Services/Notifier/", "CAllocator": "Shared/ServiceKit/",
            "CIDN": "Shared/Models/",
        ]
        for source in try Self.sources(under: "Shared", "Services") {
            for name in source.imports {
                if let home = homes[name] { #expect(source.path.hasPrefix(home), "\(source.path) imports \(name)") }
            }
        }
    }

    @Test("files have at most 400 lines, lines at most 120 columns")
    func sizes() throws {
        for source in try Self.sources(under: "Shared", "Services", "Tests", "Benchmarks") {
            #expect(source.lines.count <= 401, "\(source.path)")
            for (index, line) in source.lines.enumerated() {
                // The text of a page or of a message may stand in one piece.
                let isText = line.contains("\"")
                #expect(line.count <= (isText ? 130 : 120), "\(source.path):\(index + 1)")
            }
        }
    }

    @Test("no basic.nack and no basic.cancel: both reorder")
    func noReordering() throws {
        for source in try Self.sources(under: "Shared") {
            let text = source.lines.filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
            for call in ["amqp_basic_nack(", "amqp_basic_cancel(", "amqp_basic_reject("] {
                #expect(!text.contains { $0.contains(call) }, "\(source.path): \(call)")
            }
        }
    }

    @Test("every type of message that a service takes stands in asyncapi.yaml, save those of the suite's own exchange")
    func typesArePublished() throws {
        let published = try String(contentsOf: Self.repository.appending(path: "asyncapi.yaml"), encoding: .utf8)
        let pattern = /static let type = "([a-z]+\.[a-z-]+)"/
        var found = 0
        for source in try Self.sources(under: "Services", "Shared") {
            for line in source.lines {
                guard let type = line.firstMatch(of: pattern)?.output.1, !type.hasPrefix("internal.") else { continue }
                found += 1
                #expect(published.contains("\n  \(type):\n"), "\(type)")
            }
        }
        #expect(found >= 8)
    }

    @Test("every feature number stands in the README's table")
    func featuresAreListed() throws {
        let readme = try String(contentsOf: Self.repository.appending(path: "README.md"), encoding: .utf8)
        let numbers =
            (1...7).map { "P\($0)" } + ["P6a"] + (0...8).map { "C\($0)" } + (1...7).map { "V\($0)" } + ["V4a"]
            + (1...15).map { "O\($0)" } + (1...9).map { "E\($0)" } + (1...5).map { "N\($0)" } + (1...7).map { "X\($0)" }
            + (1...7).map { "Q\($0)" }
        for number in numbers { #expect(readme.contains("| \(number) |"), "\(number)") }
    }

    @Test("a feature that the README calls done names a test that exists")
    func doneMeansTested() throws {
        let readme = try String(contentsOf: Self.repository.appending(path: "README.md"), encoding: .utf8)
        for row in readme.components(separatedBy: "\n") where row.hasSuffix("| done |") || row.hasSuffix("| partly |") {
            let columns = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let files = columns[2].matches(of: /`([A-Za-z0-9_.\/]+)`/).map { String($0.output.1) }
            #expect(!files.isEmpty, "\(columns[0]) names no test")
            for file in files {
                let path = Self.repository.appending(path: "Tests/\(file)").path
                #expect(FileManager.default.fileExists(atPath: path), "\(columns[0]): Tests/\(file)")
            }
        }
    }

    @Test("no path of one machine")
    func noMachinePaths() throws {
        for ending in [".swift", ".py", ".sh", ".sql"] {
            for source in try Self.sources(under: "Shared", "Services", "Tests", "Operations", ending: ending) {
                // Where this checkout lies, and where its user is at home: both differ on every other machine.
                for path in [Self.repository.path, NSHomeDirectory()] {
                    #expect(!source.lines.contains { $0.contains(path + "/") }, "\(source.path)")
                }
            }
        }
    }
}
