import Foundation
import Ledger
import Models

/// A checkpoint that was kept outside the database.
struct Witness: Equatable {
    private static let header = "assent-checkpoint:"

    /// The name of its file.
    let name: String
    let note: String

    /// Reads a note, a mail with the header `Assent-Checkpoint`, a fact `ledger.checkpoint`, or a proof.
    init(path: String) throws(Ending) {
        let input = InputFile(path: path)
        let content = try input.read()
        guard let note = Self.note(in: String(decoding: content, as: UTF8.self)) else {
            throw Ending(.usage, "\(input.name) holds no checkpoint")
        }
        self.init(name: input.name, note: note)
    }

    init(name: String, note: String) {
        self.name = name
        self.note = note
    }

    static func note(in text: String) -> String? {
        let candidates = [
            text, text.replacing("\r\n", with: "\n"), headerValue(in: text), member(of: text),
        ]
        return candidates.compactMap(\.self).first(where: isNote)
    }

    /// Whether the text is a checkpoint followed by signatures; they are not verified.
    static func isNote(_ text: String) -> Bool {
        guard let blank = text.range(of: "\n\n", options: .backwards) else { return false }
        return Checkpoint(text: String(text[..<blank.lowerBound]) + "\n") != nil
            && text[blank.upperBound...].hasPrefix("\u{2014} ")
    }

    /// The header holds the note in base64, which preserves its line ends; white space comes from folding.
    private static func headerValue(in mail: String) -> String? {
        let lines = mail.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        let head = lines.prefix { !$0.isEmpty }
        guard let first = head.firstIndex(where: { $0.lowercased().hasPrefix(header) }) else { return nil }
        let folded = head[(first + 1)...].prefix { $0.first == " " || $0.first == "\t" }
        let value = ([head[first].dropFirst(header.count)] + folded).joined().filter { !$0.isWhitespace }
        return Data(base64Encoded: value).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func member(of text: String) -> String? {
        guard let json = try? JSON(parsing: Array(text.utf8)) else { return nil }
        return json["checkpoint"]?.text ?? json["data"]?["checkpoint"]?.text
    }
}
