/// One mistake in `assent.yaml` and where it stands.
package struct Mistake: Sendable, Hashable {
    /// The line, from 1.
    package let line: Int
    /// The column, from 1, in Unicode scalars.
    package let column: Int
    /// The setting (RFC 6901), such as `/consents/tracking/default`; empty for the file as a whole.
    package let pointer: String
    /// The mistake, in words that follow the setting's name.
    package let message: String
}

/// Every mistake of a file, in the order of its lines; at least one.
package struct SettingsErrors: Error, Sendable, Hashable {
    /// The mistakes, by line, then column.
    package let mistakes: [Mistake]

    init(_ mistakes: [Mistake]) {
        self.mistakes = mistakes.sorted { ($0.line, $0.column, $0.pointer) < ($1.line, $1.column, $1.pointer) }
    }

    /// A line for each mistake, such as `assent.yaml:12:5: message (/consents/tracking/default)`.
    package func text(file: String) -> String {
        mistakes.map { mistake in
            let place = mistake.pointer.isEmpty ? "" : " (\(mistake.pointer))"
            return "\(file):\(mistake.line):\(mistake.column): \(mistake.message)\(place)"
        }.joined(separator: "\n")
    }
}

/// The mistakes found so far; one file is read by one task, so it needs no lock.
final class MistakeLog {
    private let document: YAMLDocument
    private(set) var mistakes: [Mistake]

    init(_ document: YAMLDocument) {
        self.document = document
        mistakes = document.mistakes
    }

    /// Notes a mistake at a value, or at the key before it; for a missing value, at the object that should contain it.
    func report(_ message: String, at pointer: String, key: Bool = false) {
        var place = pointer[...]
        var position = key ? document.keys[pointer] : document.values[pointer]
        while position == nil, let slash = place.lastIndex(of: "/") {
            place = place[..<slash]
            position = document.values[String(place)]
        }
        let (line, column) = (position?.line ?? 1, position?.column ?? 1)
        mistakes.append(Mistake(line: line, column: column, pointer: pointer, message: message))
    }
}
