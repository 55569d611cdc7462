package import Models

extension LedgerFinding.Kind {
    /// The kind's name in messages, such as `evidence-missing`.
    package var name: String {
        rawValue.reduce(into: "") { name, letter in
            name += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
        }
    }

    /// Reads a kind's name in messages; nil where it is unknown.
    package init?(name: String) {
        guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}

extension LedgerFinding {
    /// The form in messages: `index` is the first of `entries`; `positions` are the first and the last one in the tree.
    package var json: JSON {
        JSON(present: [
            "what": .string(kind.name), "index": .text(entries.first?.description),
            "entries": .array(entries.map { .string($0.description) }), "origin": .text(origin?.description),
            "positions": span, "size": size.map { .number(String($0)) }, "at": .text(at),
        ])
    }

    private var span: JSON? {
        guard let positions, let last = positions.last else { return .none }
        return .array([.number(String(positions.lowerBound)), .number(String(last))])
    }

    /// Reads the form in messages; nil where `json` is no finding.
    package init?(_ json: JSON) {
        guard let kind = json["what"]?.text.flatMap({ Kind(name: $0) }), let entries = json["entries"]?.elements
        else { return nil }
        self.init(kind: kind)
        self.entries = entries.compactMap { $0.text.flatMap { LedgerIndex($0) } }
        origin = json["origin"]?.text.flatMap { LedgerIndex($0) }
        size = json["size"]?.integer
        at = json["at"]?.text
        guard let positions = json["positions"]?.elements else { return }
        guard positions.count == 2, let first = positions[0].integer, let last = positions[1].integer,
            first >= 0, first <= last, last < .max
        else { return nil }
        self.positions = first..<last + 1
    }
}
