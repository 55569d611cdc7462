/// Bytes as letters alone, of both cases.
///
/// Link tokens are written so, since a run of digits in one could be taken for the six-digit code that stands in the
/// same mail (P6).
enum LetterCode {
    private static let code = BitText(alphabet: [UInt8]("abcdefghijklmnopqrstuvwxyzABCDEF".utf8), width: 5)

    /// The text of `bytes`.
    static func encode(_ bytes: [UInt8]) -> String { code.encode(bytes) }

    /// The bytes of a canonical text, else `nil`.
    static func decode(_ text: String) -> [UInt8]? { code.decode([UInt8](text.utf8)[...]) }
}
