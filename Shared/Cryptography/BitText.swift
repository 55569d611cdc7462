/// Bytes as text in an alphabet of 32 or 64 characters, without padding.
///
/// Decoding is canonical: unused bits are zero and no character is more than the bytes need, so that every value has
/// one text only.
struct BitText: Sendable {
    private static let invalid: UInt8 = 0xFF

    private let alphabet: [UInt8]
    private let values: [UInt8]
    /// Bits of a character.
    private let width: UInt32

    /// An alphabet of 2^`width` characters.
    init(alphabet: [UInt8], width: UInt32) {
        precondition(alphabet.count == 1 << width, "an alphabet of another size")
        self.alphabet = alphabet
        self.width = width
        var values = [UInt8](repeating: Self.invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        self.values = values
    }

    /// The text of `bytes`.
    func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 8 + Int(width) - 1) / Int(width))
        let mask: UInt32 = 1 << width - 1
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            buffer = (buffer << 8 | UInt32(byte)) & 0xFFFF
            bits += 8
            while bits >= width {
                bits -= width
                text.append(alphabet[Int(buffer >> bits & mask)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (width - bits) & mask)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a canonical text, else `nil`.
    func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * Int(width) / 8)
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for character in text {
            let value = values[Int(character)]
            guard value != Self.invalid else { return nil }
            buffer = (buffer << width | UInt32(value)) & 0xFFFF
            bits += width
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        guard bits < width, buffer & (1 << bits - 1) == 0 else { return nil }
        return bytes
    }
}
