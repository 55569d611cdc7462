/// The names of the sensitive fields, whose values `vault.store` alone takes.
///
/// A key that is such a name but for case, hyphens, underscores or spaces counts as that name: a misspelt card number
/// must not be stored in the clear (V7).
public struct SensitiveNames: Sendable, Hashable, ExpressibleByArrayLiteral {
    /// As the configuration has them.
    public let names: Set<String>
    private let folded: Set<String>

    /// These names.
    public init(_ names: some Sequence<String>) {
        self.names = Set(names)
        folded = Set(self.names.map(Self.folded))
    }

    /// These names.
    public init(arrayLiteral names: String...) { self.init(names) }

    /// Whether the key is such a name, however it is spelt.
    public func contains(_ key: String) -> Bool { !folded.isEmpty && folded.contains(Self.folded(key)) }

    /// Whether such a name stands in quotes in a text, however it is spelt: for messages that cannot be read.
    public func stand(inQuotesOf text: String) -> Bool {
        guard !folded.isEmpty else { return false }
        return text.split(separator: "\"", omittingEmptySubsequences: false).contains { contains(String($0)) }
    }

    /// Equal for the spellings of one name. Names are ASCII; Unicode's other dashes and spaces pass for ASCII's.
    public static func folded(_ name: String) -> String {
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
