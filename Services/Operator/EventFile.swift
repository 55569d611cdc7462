import Models

/// The events of a file: one JSON object, an array of them, or an object on every line (JSON lines).
enum EventFile {
    /// An event as written, with its place in the file.
    struct Draft: Equatable {
        /// Such as `events.json`, `events.json: event 3` or `events.jsonl:3`.
        let place: String
        let json: JSON
    }

    /// Reads all events. Throws a list of all errors, one per line, each with its place.
    static func drafts(in content: [UInt8], name: String) throws(Ending) -> [Draft] {
        let whole: JSON
        do {
            whole = try JSON(parsing: content)
        } catch {
            if let drafts = try lines(of: content, name: name) { return drafts }
            throw Ending(.usage, "\(name):\(position(of: error.offset, in: content)): not JSON: \(error.message)")
        }
        guard let events = whole.elements else { return [Draft(place: name, json: whole)] }
        return events.enumerated().map { Draft(place: "\(name): event \($0.offset + 1)", json: $0.element) }
    }

    /// Nil if the first line is no JSON on its own: the file is then one JSON text over several lines, with an error.
    private static func lines(of content: [UInt8], name: String) throws(Ending) -> [Draft]? {
        var drafts: [Draft] = []
        var mistakes: [String] = []
        for (index, line) in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) {
            do {
                drafts.append(Draft(place: "\(name):\(index + 1)", json: try JSON(parsing: Array(line))))
            } catch {
                guard !drafts.isEmpty else { return nil }
                mistakes.append("\(name):\(index + 1):\(error.offset + 1): not JSON: \(error.message)")
            }
        }
        guard !drafts.isEmpty else { throw Ending(.usage, "\(name) is empty") }
        guard mistakes.isEmpty else { throw Ending(.usage, mistakes.joined(separator: "\n")) }
        return drafts
    }

    /// `line:column`, both counted from 1, the column in bytes.
    private static func position(of offset: Int, in content: [UInt8]) -> String {
        let before = content.prefix(offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return "\(line):\(offset - start + 1)"
    }
}
