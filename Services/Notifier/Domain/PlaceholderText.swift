/// A caller's text with placeholders for a contact's fields, such as `{{firstName}}`; no other template syntax works
/// (N1).
package struct PlaceholderText: Sendable, Equatable {
    private enum Piece: Sendable, Equatable {
        case text(String)
        case field(String)
    }

    private static let open = [UInt8](repeating: UInt8(ascii: "{"), count: 2)
    private static let close = [UInt8](repeating: UInt8(ascii: "}"), count: 2)
    /// Maximum bytes of a field's name, as in the whole contract.
    private static let longestName = 128

    private let pieces: [Piece]
    /// Whether a `{{` has no `}}`, or encloses something other than a field name.
    package let hasMistake: Bool

    /// Parses a text; text outside of placeholders is kept unchanged.
    package init(_ text: String) {
        let bytes = Array(text.utf8)
        var pieces: [Piece] = []
        var hasMistake = false
        var begin = 0
        while let open = Self.place(of: Self.open, in: bytes, from: begin) {
            guard let close = Self.place(of: Self.close, in: bytes, from: open + 2) else {
                hasMistake = true
                break
            }
            if let name = Self.name(bytes[open + 2..<close]) {
                pieces.append(.text(String(decoding: bytes[begin..<open], as: UTF8.self)))
                pieces.append(.field(name))
            } else {
                hasMistake = true
                pieces.append(.text(String(decoding: bytes[begin..<close + 2], as: UTF8.self)))
            }
            begin = close + 2
        }
        pieces.append(.text(String(decoding: bytes[begin...], as: UTF8.self)))
        self.pieces = pieces
        self.hasMistake = hasMistake
    }

    /// The fields that the placeholders name.
    package var fields: Set<String> {
        pieces.reduce(into: []) { fields, piece in
            if case .field(let name) = piece { fields.insert(name) }
        }
    }

    /// The text with each placeholder replaced by a value.
    package func filled(_ value: (String) -> String) -> String {
        pieces.reduce(into: "") { text, piece in
            switch piece {
            case .text(let own): text += own
            case .field(let name): text += value(name)
            }
        }
    }

    private static func place(of mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + 1 < bytes.count {
            if bytes[index] == mark[0], bytes[index + 1] == mark[1] { return index }
            index += 1
        }
        return nil
    }

    /// A field name: a letter, then letters, digits, hyphens or underscores. Marks of sections, partials and the like
    /// are invalid.
    private static func name(_ bytes: ArraySlice<UInt8>) -> String? {
        let space = UInt8(ascii: " ")
        let trimmed = bytes.drop { $0 == space }.reversed().drop { $0 == space }.reversed()
        guard (1...longestName).contains(trimmed.count) else { return nil }
        let name = String(decoding: Array(trimmed), as: UTF8.self)
        let isName = name.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-" || scalar == "_"
        }
        return isName && name.unicodeScalars.first?.properties.isAlphabetic == true ? name : nil
    }
}
