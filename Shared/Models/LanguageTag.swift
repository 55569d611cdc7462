/// Bytes of a tag that is kept. RFC 5646 section 4.4.1 asks for at least 35; longer ones choose no supported language.
private let longestTag = 35

/// A language tag of BCP 47 (RFC 5646): well-formed, whether or not its subtags are registered.
package struct LanguageTag: Sendable, Hashable {
    /// As it was written, with hyphens.
    package let text: String

    /// Nil where the text is no tag. `de_DE`, as operating systems write it, is read as `de-DE`.
    package init?(_ text: String) {
        guard (1...longestTag).contains(text.utf8.count) else { return nil }
        let bytes = text.utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
        guard bytes.allSatisfy({ $0 == UInt8(ascii: "-") || isAlphanumeric($0) }) else { return nil }
        let tag = String(decoding: bytes, as: UTF8.self)
        let subtags = tag.lowercased().split(separator: "-", omittingEmptySubsequences: false).map { Array($0.utf8) }
        guard subtags.allSatisfy({ (1...8).contains($0.count) }) else { return nil }
        var grammar = TagGrammar(rest: subtags[...])
        guard irregular.contains(tag.lowercased()) || grammar.isTag() else { return nil }
        self.text = tag
    }
}

/// Registered before there was a grammar, and valid for ever (RFC 5646 section 2.2.8).
private let irregular: Set<String> = [
    "en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo", "i-navajo",
    "i-pwn", "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de",
]

private func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
private func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

/// The rule `Language-Tag` of RFC 5646 section 2.1, over subtags in lower case.
private struct TagGrammar {
    var rest: ArraySlice<[UInt8]>

    mutating func isTag() -> Bool {
        if rest.first == [UInt8(ascii: "x")] { return isPrivateUse() }
        let isShort = (rest.first?.count ?? 0) <= 3
        guard take({ (2...8).contains($0.count) && $0.allSatisfy(isLetter) }) else { return false }
        if isShort {
            for _ in 0..<3 { _ = take { $0.count == 3 && $0.allSatisfy(isLetter) } }
        }
        _ = take { $0.count == 4 && $0.allSatisfy(isLetter) }
        _ = take { $0.count == 2 && $0.allSatisfy(isLetter) || $0.count == 3 && $0.allSatisfy(isDigit) }
        return hasVariants() && hasExtensions() && (rest.isEmpty || isPrivateUse())
    }

    /// Reads the variants; false where one stands twice.
    private mutating func hasVariants() -> Bool {
        var seen: Set<[UInt8]> = []
        while let subtag = rest.first, Self.isVariant(subtag) {
            guard seen.insert(subtag).inserted else { return false }
            rest.removeFirst()
        }
        return true
    }

    private static func isVariant(_ subtag: [UInt8]) -> Bool {
        (5...8).contains(subtag.count) || subtag.count == 4 && subtag.first.map(isDigit) == true
    }

    /// Reads the extensions; false where a singleton stands twice, or has no subtag.
    private mutating func hasExtensions() -> Bool {
        var seen: Set<[UInt8]> = []
        while let singleton = rest.first, singleton.count == 1, singleton != [UInt8(ascii: "x")] {
            rest.removeFirst()
            guard seen.insert(singleton).inserted, take({ $0.count >= 2 }) else { return false }
            while take({ $0.count >= 2 }) {}
        }
        return true
    }

    private func isPrivateUse() -> Bool { rest.first == [UInt8(ascii: "x")] && rest.count >= 2 }

    private mutating func take(_ isWanted: ([UInt8]) -> Bool) -> Bool {
        guard let subtag = rest.first, isWanted(subtag) else { return false }
        rest.removeFirst()
        return true
    }
}

extension Reader {
    /// A language tag, or nil where the member is missing or no tag: a wrong language is no reason to refuse a message.
    package func optionalLocale(_ name: String) -> String? {
        optional(name)?.text.flatMap { LanguageTag($0) }?.text
    }

    /// Whether the member is there and is no language tag, so that `optionalLocale` ignores it.
    package func hasUnreadableLocale(_ name: String) -> Bool {
        optional(name) != nil && optionalLocale(name) == nil
    }
}
