/// Base64url without padding (RFC 4648 section 5), and standard base64 for key files.
///
/// Decoding is canonical: no white space, no padding but the required one, unused bits zero; so every value has one
/// text only.
public enum Base64URL {
    private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let invalid: UInt8 = 0xFF
    private static let values = table(alphabet)
    private static let standardValues = table(alphabet.dropLast(2) + [UInt8]("+/".utf8))

    /// The text of `bytes`, without padding.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            buffer = (buffer << 8 | UInt32(byte)) & 0xFFFF
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> bits & 0x3F)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 0x3F)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a canonical base64url text, else `nil`.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        decode([UInt8](text.utf8)[...], values)
    }

    /// The bytes of a canonical standard base64 text with its padding (RFC 4648 section 4), else `nil`.
    public static func decodeStandard(_ text: some StringProtocol) -> [UInt8]? {
        let characters = [UInt8](text.utf8)
        guard characters.count.isMultiple(of: 4) else { return nil }
        let padding = characters.suffix(2).count { $0 == UInt8(ascii: "=") }
        return decode(characters.dropLast(padding), standardValues)
    }

    private static func decode(_ text: ArraySlice<UInt8>, _ values: [UInt8]) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for character in text {
            let value = values[Int(character)]
            guard value != invalid else { return nil }
            buffer = (buffer << 6 | UInt32(value)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        let unusedBits = buffer & ((1 << bits) - 1)
        return unusedBits == 0 ? bytes : nil
    }

    private static func table(_ alphabet: some Collection<UInt8>) -> [UInt8] {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }
}
