/// The address that an attribute `href` names.
enum LinkTarget {
    private static let schemes = ["http://", "https://"].map { Array($0.utf8) }
    /// The references by name that addresses need. Others are rare in addresses: a link with one is left as it is.
    private static let characters: [String: UInt8] = [
        "amp": UInt8(ascii: "&"), "lt": UInt8(ascii: "<"), "gt": UInt8(ascii: ">"), "quot": UInt8(ascii: "\""),
        "apos": UInt8(ascii: "'"),
    ]

    /// The absolute `http` or `https` address in ASCII; nil for any other, and for one that a browser might read in
    /// another way.
    static func decoded(_ value: ArraySlice<UInt8>) -> String? {
        guard let bytes = unescaped(value) else { return nil }
        let isSpace = { (byte: UInt8) in byte <= 0x20 }
        let address = bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed().map { $0 }
        guard address.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            let scheme = schemes.first(where: { scheme in
                address.count > scheme.count && zip(address, scheme).allSatisfy { $0 | 0x20 == $1 | 0x20 }
            }),
            !"/\\?#@: ".utf8.contains(address[scheme.count])
        else { return nil }
        return String(decoding: address.flatMap(percentEncoded), as: UTF8.self)
    }

    /// Resolves character references as in an attribute (HTML Standard, section 13.2.5.72); nil where unsure.
    private static func unescaped(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        guard value.contains(UInt8(ascii: "&")) else { return Array(value) }
        var output: [UInt8] = []
        var rest = value
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "&") else {
                output.append(byte)
                continue
            }
            if rest.first == UInt8(ascii: "#") {
                guard let character = number(&rest) else { return nil }
                output += Array(String(character).utf8)
                continue
            }
            let name = rest.prefix(while: isAlphanumeric)
            let behind = rest.dropFirst(name.count).first
            let character = characters[String(decoding: name, as: UTF8.self)]
            if behind == UInt8(ascii: ";"), let character {
                output.append(character)
                rest = rest.dropFirst(name.count + 1)
            } else if name.isEmpty || behind == UInt8(ascii: "=") {
                output.append(byte)  // an ampersand that begins no reference, as in "?a=1&b=2"
            } else {
                return nil
            }
        }
        return output
    }

    /// Reads `#…;` or `#x…;`.
    private static func number(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        rest = rest.dropFirst()
        let isHex = rest.first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
        if isHex { rest = rest.dropFirst() }
        let digits = rest.prefix(while: isAlphanumeric)
        rest = rest.dropFirst(digits.count)
        guard rest.popFirst() == UInt8(ascii: ";"), (1...8).contains(digits.count),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: isHex ? 16 : 10), value >= 0x20,
            !(0x7F...0x9F).contains(value)
        else { return nil }
        return Unicode.Scalar(value)
    }

    /// A header holds ASCII alone; the other characters are those that end an address in a text.
    private static func percentEncoded(_ byte: UInt8) -> [UInt8] {
        guard byte <= 0x20 || byte > 0x7E || "\"<>".utf8.contains(byte) else { return [byte] }
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}
