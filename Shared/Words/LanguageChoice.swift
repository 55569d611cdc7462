/// Ranges of one `Accept-Language` that are read; browsers send at most some ten.
private let mostRanges = 32

/// Chooses one of a deployment's languages for a person.
package struct LanguageChoice: Sendable {
    /// Language tags; the first is the default.
    package let offered: [String]

    /// A choice among these.
    package init(offered: [String]) { self.offered = offered }

    /// The language by the browser's header `Accept-Language`, else the contact's language, else the default.
    package func choose(accept: String? = nil, locale: String?) -> String {
        for range in Self.ranges(accept ?? "") {
            if range == "*" { break }
            if let language = match(range) { return language }
        }
        return match(locale) ?? offered.first ?? "en"
    }

    /// The offered language that equals the tag or its longest prefix (RFC 4647 section 3.4, lookup), or else one that
    /// begins with the tag.
    package func match(_ tag: String?) -> String? {
        guard let tag, !tag.isEmpty else { return nil }
        var subtags = tag.lowercased().split(separator: "-")
        while !subtags.isEmpty {
            let beginning = subtags.joined(separator: "-")
            if let language = offered.first(where: { $0.lowercased() == beginning }) { return language }
            if let language = offered.first(where: { $0.lowercased().hasPrefix(beginning + "-") }) { return language }
            subtags.removeLast()
        }
        return nil
    }

    /// The language ranges by weight, then in the order of the header; weight 0 means "not this one".
    static func ranges(_ header: String) -> [String] {
        var ranges: [(range: String, weight: Double)] = []
        for part in header.split(separator: ",").prefix(mostRanges) {
            let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let range = pieces.first, !range.isEmpty else { continue }
            let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if weight > 0 { ranges.append((range, weight)) }
        }
        return ranges.enumerated()
            .sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }
            .map(\.element.range)
    }
}
