/// Base64url without padding (RFC 4648 section 5), and standard base64 for key files.
///
/// Decoding is canonical: no white space, no padding but the required one, unused bits zero; so every value has one
/// text only.
package enum Base64URL {
    private static let letters = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let code = BitText(alphabet: letters + [UInt8]("-_".utf8), width: 6)
    private static let standardCode = BitText(alphabet: letters + [UInt8]("+/".utf8), width: 6)

    /// The text of `bytes`, without padding.
    package static func encode(_ bytes: [UInt8]) -> String { code.encode(bytes) }

    /// The bytes of a canonical base64url text, else `nil`.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? { code.decode([UInt8](text.utf8)[...]) }

    /// Decodes a text that is given as its UTF-8 bytes.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? { code.decode(text) }

    /// The bytes of a canonical standard base64 text with its padding (RFC 4648 section 4), else `nil`.
    package static func decodeStandard(_ text: some StringProtocol) -> [UInt8]? {
        let characters = [UInt8](text.utf8)
        guard characters.count.isMultiple(of: 4) else { return nil }
        let padding = characters.suffix(2).count { $0 == UInt8(ascii: "=") }
        return standardCode.decode(characters.dropLast(padding))
    }
}
