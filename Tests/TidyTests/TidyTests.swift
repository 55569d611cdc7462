import Foundation
import Testing

/// The source text itself is under test: what the compiler cannot say of it.
@Suite struct TidyTests {

    @Test("a domain imports the models and nothing that knows time, chance or the outside")
    func domainPurity() throws {
        let allowed: Set<String> = ["Models", "FoundationEssentials"]
        for source in try Repository.sources(under: "Services") where source.path.contains("/Domain/") {
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
        for source in try Repository.sources(under: "Shared", "Services") {
            for name in source.imports {
                if let home = homes[name] { #expect(source.path.hasPrefix(home), "\(source.path) imports \(name)") }
            }
        }
    }

    @Test("files have at most 400 lines, lines at most 120 columns")
    func sizes() throws {
        for source in try Repository.sources(under: "Shared", "Services", "Tests", "Benchmarks") {
            #expect(source.lines.count <= 401, "\(source.path)")
            for (index, line) in source.lines.enumerated() {
                // The text of a page or of a message may stand in one piece.
                let isText = line.contains("\"")
                #expect(line.count <= (isText ? 130 : 120), "\(source.path):\(index + 1)")
            }
        }
    }

    @Test("functions have at most 70 lines")
    func functionSizes() throws {
        var found = 0
        for source in try Repository.sources(under: "Shared", "Services", "Tests", "Benchmarks") {
            // A function that is declared and whose body has not begun, and those whose bodies have.
            var declared: (indent: Int, line: Int)?
            var begun: [(indent: Int, line: Int)] = []
            for (index, line) in source.lines.enumerated() {
                let indent = line.prefix { $0 == " " }.count
                if line.contains(/^ *([a-z@]+(\([a-z]+\))? )*(func [^ ]|init[?(<])/) { declared = (indent, index) }
                if let function = declared, function.indent == indent {
                    if line.hasSuffix("{") { begun.append(function) }
                    if !line.hasSuffix("(") { declared = nil }
                }
                guard line == String(repeating: " ", count: indent) + "}", let function = begun.last,
                    function.indent == indent
                else { continue }
                begun.removeLast()
                found += 1
                #expect(index - function.line < 70, "\(source.path):\(function.line + 1)")
            }
        }
        #expect(found > 1000)
    }

    @Test("no basic.nack and no basic.cancel: both reorder")
    func noReordering() throws {
        for source in try Repository.sources(under: "Shared") {
            let text = source.lines.filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
            for call in ["amqp_basic_nack(", "amqp_basic_cancel(", "amqp_basic_reject("] {
                #expect(!text.contains { $0.contains(call) }, "\(source.path): \(call)")
            }
        }
    }

    @Test("every type of message that a service takes stands in asyncapi.yaml, save those of the suite's own exchange")
    func typesArePublished() throws {
        let published = try String(contentsOf: Repository.root.appending(path: "asyncapi.yaml"), encoding: .utf8)
        let pattern = /static let type = "([a-z]+\.[a-z-]+)"/
        var found = 0
        for source in try Repository.sources(under: "Services", "Shared") {
            for line in source.lines {
                guard let type = line.firstMatch(of: pattern)?.output.1, !type.hasPrefix("internal.") else { continue }
                found += 1
                #expect(published.contains("\n  \(type):\n"), "\(type)")
            }
        }
        #expect(found >= 8)
    }

    @Test("no path of one machine")
    func noMachinePaths() throws {
        for ending in [".swift", ".py", ".sh", ".sql"] {
            for source in try Repository.sources(under: "Shared", "Services", "Tests", "Operations", ending: ending) {
                // Where this checkout lies, and where its user is at home: both differ on every other machine.
                for path in [Repository.root.path, NSHomeDirectory()] {
                    #expect(!source.lines.contains { $0.contains(path + "/") }, "\(source.path)")
                }
            }
        }
    }
}
