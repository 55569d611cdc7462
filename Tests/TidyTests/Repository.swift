import Foundation
import Testing

/// The files of this repository.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    struct Source: Sendable {
        let path: String
        let lines: [String]
        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ").filter { !["public", "internal", "@testable"].contains($0) }
                return words.first == "import" ? words.last.map(String.init) : nil
            }
        }
    }

    static func sources(under folders: String..., ending: String = ".swift") throws -> [Source] {
        var sources: [Source] = []
        for folder in folders {
            let root = root.appending(path: folder)
            for case let name as String in FileManager.default.enumerator(atPath: root.path) ?? .init()
            where name.hasSuffix(ending) {
                let text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
                sources.append(Source(path: "\(folder)/\(name)", lines: text.components(separatedBy: "\n")))
            }
        }
        try #require(!sources.isEmpty)
        return sources
    }
}
