import Models
import Yams

/// The largest file: ten times a configuration in 24 languages.
private let maximumBytes = 1 << 20
/// Values and collections in a file, so that a small file cannot become a large tree.
private let maximumNodes = 20_000
/// The deepest nesting: enough for a condition of 16 levels; libyaml itself stops at 1,000.
private let maximumDepth = 48
/// Bytes of one key: pointers repeat it for everything below.
private let maximumKeyBytes = 128
/// Repeated keys that are told apart in one file: each costs another pass over the text.
private let maximumRepetitions = 16

/// A YAML file as a JSON tree, with the place of each value.
///
/// Scalars follow the JSON schema of YAML 1.2: only `true`, `false`, `null`, `~` and numbers are not strings, so that
/// the language `no` is no boolean. Anchors, aliases and tags are mistakes: no setting needs them, and an alias lets a
/// few lines grow without end.
struct YAMLDocument {
    struct Position {
        let line: Int
        let column: Int
    }

    /// Nil where the text is no YAML; `mistakes` then says why.
    private(set) var json: JSON?
    /// The places of values, by pointer; for a collection that has a key, the key's place.
    private(set) var values: [String: Position] = [:]
    /// The places of the members' names, by pointer.
    private(set) var keys: [String: Position] = [:]
    private(set) var mistakes: [Mistake] = []
    private var nodeCount = 0
    /// The characters that replace the first one of a repeated key, with the key's name (see `composed`).
    private var disguises: [Unicode.Scalar: String] = [:]

    init(yaml: String) {
        guard yaml.utf8.count <= maximumBytes else {
            report("the file is larger than \(maximumBytes) bytes", at: Position(line: 1, column: 1))
            return
        }
        var scalars = Array(yaml.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        refuseWhatYamsMustNotSee(in: scalars)
        guard mistakes.isEmpty, let root = composed(scalars) else { return }
        json = convert(root, at: "", depth: 0)
    }

    private mutating func report(_ message: String, at position: Position, _ pointer: String = "") {
        mistakes.append(
            Mistake(line: position.line, column: position.column, pointer: pointer, message: message))
    }

    /// Refuses control characters, for which libyaml reports no line, and aliases, which make Yams hash keys endlessly.
    private mutating func refuseWhatYamsMustNotSee(in scalars: [Unicode.Scalar]) {
        var position = Position(line: 1, column: 1)
        var anchors: Set<String> = []
        var aliases: [(name: String, position: Position)] = []
        for (index, scalar) in scalars.enumerated() {
            if scalar == "&" || scalar == "*", index == 0 || !isNameScalar(scalars[index - 1]) {
                let name = scalars[(index + 1)...].prefix(maximumKeyBytes).prefix(while: isNameScalar)
                let text = String(String.UnicodeScalarView(name))
                if scalar == "&" { anchors.insert(text) } else { aliases.append((text, position)) }
            }
            if !isAllowed(scalar), mistakes.isEmpty {
                let code = String(scalar.value, radix: 16, uppercase: true)
                report("the character U+\(code) is not allowed", at: position)
            }
            position =
                endsLine(index, in: scalars)
                ? Position(line: position.line + 1, column: 1)
                : Position(line: position.line, column: position.column + 1)
        }
        for alias in aliases where !alias.name.isEmpty && anchors.contains(alias.name) {
            report("anchors and aliases are not supported", at: alias.position)
        }
    }

    /// LF, CR and CR LF end a line for libyaml too; the others that it knows are refused.
    private func endsLine(_ index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        switch scalars[index] {
        case "\n": true
        case "\r": index + 1 == scalars.count || scalars[index + 1] != "\n"
        default: false
        }
    }

    private func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "A"..."Z", "a"..."z", "_", "-": true
        default: false
        }
    }

    private func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: true
        case ..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    /// Yams stops at the first repeated key and names its first place. The key's first letter there is replaced and the
    /// text is read again, so that every other mistake is found too; `convert` restores the name and reports the
    /// repetition.
    private mutating func composed(_ original: [Unicode.Scalar]) -> Node? {
        var scalars = original
        while true {
            do {
                let node = try Yams.compose(yaml: String(String.UnicodeScalarView(scalars)), .basic)
                if node == nil { report("the file is empty", at: Position(line: 1, column: 1)) }
                return node
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                let place = Position(line: context.mark.line, column: context.mark.column)
                guard let name = names.first, disguise(name, at: place, in: &scalars) else {
                    report("a key is given twice", at: place)
                    return nil
                }
            } catch {
                reportSyntax(error)
                return nil
            }
        }
    }

    private mutating func disguise(_ name: String, at place: Position, in scalars: inout [Unicode.Scalar]) -> Bool {
        guard disguises.count < maximumRepetitions,
            let stand = Unicode.Scalar(0xF0000 + UInt32(disguises.count)),
            var index = offset(of: place, in: scalars)
        else { return false }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        guard index < scalars.count, scalars[index] == name.unicodeScalars.first else { return false }
        scalars[index] = stand
        disguises[stand] = name
        return true
    }

    private func offset(of place: Position, in scalars: [Unicode.Scalar]) -> Int? {
        var (line, start) = (1, 0)
        for index in scalars.indices where line < place.line && endsLine(index, in: scalars) {
            (line, start) = (line + 1, index + 1)
        }
        let offset = start + place.column - 1
        return line == place.line && scalars.indices.contains(offset) ? offset : nil
    }

    private mutating func reportSyntax(_ error: any Error) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let text = [context?.text, problem].compactMap(\.self).joined(separator: ", ")
            report("is no YAML: \(text)", at: Position(line: mark.line, column: mark.column))
        default: report("is no YAML", at: Position(line: 1, column: 1))
        }
    }

    private mutating func convert(_ node: Node, at pointer: String, depth: Int) -> JSON {
        nodeCount += 1
        let position = node.mark.map { Position(line: $0.line, column: $0.column) } ?? Position(line: 1, column: 1)
        if nodeCount == maximumNodes + 1 { report("the file has more than \(maximumNodes) values", at: position) }
        guard nodeCount <= maximumNodes else { return .null }
        guard depth < maximumDepth else {
            report("is nested deeper than \(maximumDepth) levels", at: position, pointer)
            return .null
        }
        values[pointer] = position
        switch node {
        case .scalar(let scalar): return convert(scalar, position, pointer)
        case .sequence(let sequence):
            refuseTag(sequence.tag, position, pointer)
            values[pointer] = keys[pointer] ?? position
            var elements: [JSON] = []
            for (index, element) in sequence.enumerated() {
                elements.append(convert(element, at: "\(pointer)/\(index)", depth: depth + 1))
            }
            return .array(elements)
        case .mapping(let mapping):
            refuseTag(mapping.tag, position, pointer)
            values[pointer] = keys[pointer] ?? position
            return convert(mapping, at: pointer, depth: depth)
        case .alias:
            report("anchors and aliases are not supported", at: position, pointer)
            return .null
        }
    }

    private mutating func refuseTag(_ tag: Tag, _ position: Position, _ pointer: String) {
        let standard = [Tag.Name.implicit.rawValue, Tag.Name.seq.rawValue, Tag.Name.map.rawValue]
        if !standard.contains(tag.rawValue) { report("tags are not supported", at: position, pointer) }
    }

    private mutating func convert(_ mapping: Node.Mapping, at pointer: String, depth: Int) -> JSON {
        var members: [JSON.Member] = []
        var lines: [String: Int] = [:]
        for (key, value) in mapping where nodeCount <= maximumNodes {
            let mark = key.mark ?? mapping.mark
            let position = Position(line: mark?.line ?? 1, column: mark?.column ?? 1)
            guard case .scalar(let scalar) = key, scalar.string.utf8.count <= maximumKeyBytes else {
                report("a key must be a string of at most \(maximumKeyBytes) bytes", at: position, pointer)
                continue
            }
            let name = scalar.string.unicodeScalars.first.flatMap { disguises[$0] } ?? scalar.string
            let place = pointer + "/" + Reader.escaped(name)
            if let line = lines[name] {
                report("is given twice, first in line \(line)", at: position, place)
                continue
            }
            lines[name] = position.line
            keys[place] = position
            members.append(JSON.Member(name, convert(value, at: place, depth: depth + 1)))
        }
        return .object(members)
    }

    private mutating func convert(_ scalar: Node.Scalar, _ position: Position, _ pointer: String) -> JSON {
        let text = scalar.string
        if text.unicodeScalars.contains(where: { !isAllowed($0) }) {
            report("holds a control character", at: position, pointer)
            return .null
        }
        let isPlain = scalar.style == .plain
        let tag = scalar.tag.rawValue
        guard tag == Tag.Name.implicit.rawValue || (!isPlain && tag == Tag.Name.str.rawValue) else {
            report("tags are not supported", at: position, pointer)
            return .null
        }
        guard isPlain else { return .string(text) }
        if text.isEmpty || text == "~" { return .null }
        guard let first = text.utf8.first, "-0123456789tfn".utf8.contains(first),
            let value = try? JSON(parsing: Array(text.utf8))
        else { return .string(text) }
        return value
    }
}
