import Foundation
import Testing

/// What the documents say of the code, and what comments say of the documents.
@Suite struct DocumentTests {
    private static let numbers =
        (1...7).map { "P\($0)" } + ["P6a"] + (0...8).map { "C\($0)" } + (1...7).map { "V\($0)" } + ["V4a"]
        + (1...15).map { "O\($0)" } + (1...9).map { "E\($0)" } + (1...5).map { "N\($0)" } + (1...7).map { "X\($0)" }
        + (1...7).map { "Q\($0)" }

    /// The cells of each feature's row in docs/features.md: number, meaning, tests, state.
    private static func features() throws -> [[String]] {
        try Repository.text("docs/features.md").components(separatedBy: "\n").compactMap { row in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            return cells.count == 6 && numbers.contains(cells[1]) ? Array(cells[1...4]) : nil
        }
    }

    @Test("every feature has a row in docs/features.md")
    func featuresAreListed() throws {
        #expect(try Self.features().map { $0[0] }.sorted() == Self.numbers.sorted())
        #expect(try Self.features().allSatisfy { ["done", "partly", "not yet"].contains($0[3]) })
    }

    @Test("a feature that docs/features.md calls done names a test that exists, and a test names the feature")
    func doneMeansTested() throws {
        let tests = try Repository.sources(under: "Tests").flatMap(\.lines).filter {
            $0.contains("@Test(") || $0.contains("@Suite(") || $0.hasPrefix("        \"")
        }
        let scripts = try Repository.sources(under: "Tests/System", ending: ".py").flatMap(\.lines)
        let titles = (tests + scripts).joined(separator: "\n")
        for feature in try Self.features() where feature[3] != "not yet" {
            let files = feature[2].matches(of: /`([A-Za-z0-9_.\/]+)`/).map { String($0.output.1) }
            #expect(!files.isEmpty, "\(feature[0]) names no test")
            for file in files {
                let path = Repository.root.appending(path: "Tests/\(file)").path
                #expect(FileManager.default.fileExists(atPath: path), "\(feature[0]): Tests/\(file)")
            }
            guard feature[3] == "done" else { continue }
            #expect(
                try titles.contains(Regex("\\b\(feature[0])\\b|\(Self.range(around: feature[0]))")), "\(feature[0])")
        }
    }

    /// Matches `O1–O12` for what lies between.
    private static func range(around number: String) -> String {
        let letter = number.prefix(1)
        guard let own = Int(number.dropFirst().filter(\.isNumber)) else { return "$^" }
        let last = (own...15).map(String.init).joined(separator: "|")
        let first = (0...own).map(String.init).joined(separator: "|")
        return "\\b\(letter)(?:\(first))–\(letter)(?:\(last))\\b"
    }

    @Test("what a comment cites stands in docs/")
    func citations() throws {
        let sections = try Set(
            Repository.text("docs/contract.md").matches(of: /(?m)^## (\d+)/).map { String($0.output.1) })
        let architecture = try Repository.text("docs/architecture.md")
        var found = 0
        for ending in [".swift", ".py", ".sql", ".sh"] {
            for source in try Repository.sources(under: "Shared", "Services", "Tests", "Operations", ending: ending) {
                let text = source.lines.joined(separator: "\n")
                for citation in text.matches(of: /contract(?:\.md)?,? section (\d+)/) {
                    found += 1
                    #expect(sections.contains(String(citation.output.1)), "\(source.path): \(citation.output.0)")
                }
                for citation in text.matches(of: /architecture\.md, "([^"]+)"/) {
                    found += 1
                    #expect(architecture.contains("# \(citation.output.1)\n"), "\(source.path): \(citation.output.0)")
                }
                for citation in text.matches(of: /([a-z]+)\.md\b/) where source.path.hasPrefix("S") {
                    let path = Repository.root.appending(path: "docs/\(citation.output.0)").path
                    #expect(FileManager.default.fileExists(atPath: path), "\(source.path): \(citation.output.0)")
                }
            }
        }
        #expect(found > 20)
    }

    @Test("links and names of files in the documents lead to files that exist")
    func links() throws {
        let documents =
            try ["README.md"]
            + FileManager.default.contentsOfDirectory(
                atPath: Repository.root.appending(path: "docs").path
            ).map { "docs/\($0)" }
        for document in documents {
            let text = try Repository.text(document)
            for file in text.matches(of: /`((?:Shared|Services|Operations|Tests|Benchmarks)\/[A-Za-z0-9\/+._-]+)`/) {
                let path = Repository.root.appending(path: String(file.output.1)).path
                #expect(FileManager.default.fileExists(atPath: path), "\(document): \(file.output.1)")
            }
            for link in text.matches(of: /\]\(([^)#:]+)(#[a-z0-9-]+)?\)/) {
                let path = Repository.root.appending(path: document).deletingLastPathComponent()
                    .appending(path: String(link.output.1)).path
                #expect(FileManager.default.fileExists(atPath: path), "\(document): \(link.output.1)")
            }
        }
    }

    @Test("the README's example of a handler is the file that it names")
    func example() throws {
        let readme = try Repository.text("README.md")
        let path = try #require(readme.firstMatch(of: /`(Services\/[A-Za-z\/]+Handlers\/[A-Za-z]+\.swift)`/))
        let block = try #require(readme.firstMatch(of: /```swift\n([\s\S]*?)```/)).output.1
        let file = try Repository.text(String(path.output.1))
        #expect(file.hasSuffix(String(block)), "\(path.output.1)")
    }
}
