/// Bytes as letters alone, of both cases.
///
/// Link tokens use it, since a run of digits in a token could be mistaken for the six-digit code in the same mail (P6).
enum LetterCode {
    private static let code = BitText(alphabet: [UInt8]("abcdefghijklmnopqrstuvwxyzABCDEF".utf8), width: 5)

    /// The text of `bytes`.
    static func encode(_ bytes: [UInt8]) -> String { code.encode(bytes) }

    /// The bytes of a canonical text, else `nil`.
    static func decode(_ text: String) -> [UInt8]? { code.decode([UInt8](text.utf8)[...]) }
}
