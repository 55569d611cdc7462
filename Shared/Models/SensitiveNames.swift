/// The names of the sensitive fields, whose values `vault.store` alone takes.
///
/// A key that differs from such a name only in case, hyphens, underscores or spaces counts as that name, so that a card
/// number under a misspelt key is not stored in the clear (V7).
package struct SensitiveNames: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// The names as in the configuration.
    package let names: Set<String>
    private let folded: Set<String>

    package init(_ names: some Sequence<String>) {
        self.names = Set(names)
        folded = Set(self.names.map(Self.folded))
    }

    package init(arrayLiteral names: String...) { self.init(names) }

    /// Whether the key is such a name, in any spelling.
    package func contains(_ key: String) -> Bool { !folded.isEmpty && folded.contains(Self.folded(key)) }

    /// Whether a text has such a name in quotes, in any spelling: for messages that cannot be parsed.
    package func stand(inQuotesOf text: String) -> Bool {
        guard !folded.isEmpty else { return false }
        return text.split(separator: "\"", omittingEmptySubsequences: false).contains { contains(String($0)) }
    }

    /// A form that is equal for all spellings of one name. Names are ASCII; Unicode's other dashes and spaces count
    /// like ASCII's.
    package static func folded(_ name: String) -> String {
        var folded = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            switch scalar {
            case "A"..."Z": folded.append(Unicode.Scalar(UInt8(scalar.value) | 0x20))
            case "-", "_", " ": continue
            case _ where scalar.isASCII: folded.append(scalar)
            default: if !scalar.isDashOrSpace { folded.append(scalar) }
            }
        }
        return String(folded)
    }
}

extension Unicode.Scalar {
    fileprivate var isDashOrSpace: Bool {
        properties.isDash || properties.isWhitespace || properties.isDefaultIgnorableCodePoint
            || properties.generalCategory == .connectorPunctuation
    }
}
