import Cryptography

/// A text with signatures below it (https://c2sp.org/signed-note).
package struct SignedNote: Sendable {
    /// A checkpoint has some 200 bytes and a signature a witness; more than this is not read.
    private static let longest = 65_536
    private static let mostSignatures = 100
    private static let lineEnd = UInt8(ascii: "\n")
    /// Em dash, space.
    private static let mark = [UInt8]("\u{2014} ".utf8)

    /// The signed text, its last line end included.
    package let text: String
    package let note: String
    /// The names whose signatures were verified, or that signed it here.
    package let signers: Set<String>

    /// Signs `text`, which ends with a line end.
    init(signing text: String, name: String, by key: Ed25519PrivateKey) {
        guard let verifier = NoteVerifierKey(name: name, key: key.publicKey) else {
            preconditionFailure("the name was checked where it came in")
        }
        self.text = text
        signers = [name]
        let signature = base64(verifier.id + key.signature(of: [UInt8](text.utf8)))
        note = "\(text)\n\u{2014} \(name) \(signature)\n"
    }

    /// The note, if one of `keys` has signed it and no signature of one of them is wrong; else nil. Signatures by
    /// others, witnesses for instance, are ignored.
    package init?(_ note: String, verifiedBy keys: [NoteVerifierKey]) {
        let bytes = [UInt8](note.utf8)
        guard bytes.count <= Self.longest, bytes.last == Self.lineEnd,
            bytes.allSatisfy({ $0 >= 0x20 || $0 == Self.lineEnd }),
            let blank = bytes.indices.dropFirst().last(where: {
                bytes[$0] == Self.lineEnd && bytes[$0 - 1] == Self.lineEnd
            })
        else { return nil }
        let text = Array(bytes[..<blank])
        let lines = bytes[(blank + 1)...].dropLast().split(separator: Self.lineEnd, omittingEmptySubsequences: false)
        guard (1...Self.mostSignatures).contains(lines.count) else { return nil }
        var signers: Set<String> = []
        for line in lines {
            guard let (name, signature) = Self.signature(line) else { return nil }
            guard let key = keys.first(where: { $0.name == name && signature.starts(with: $0.id) }) else { continue }
            guard key.key.isValid(Array(signature.dropFirst(key.id.count)), for: text) else { return nil }
            signers.insert(name)
        }
        guard !signers.isEmpty else { return nil }
        self.signers = signers
        self.text = String(decoding: text, as: UTF8.self)
        self.note = note
    }

    private static func signature(_ line: ArraySlice<UInt8>) -> (name: String, signature: [UInt8])? {
        guard line.starts(with: mark) else { return nil }
        let parts = line.dropFirst(mark.count).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let name = String(decoding: parts[0], as: UTF8.self)
        guard NoteVerifierKey.isName(name),
            let signature = Base64URL.decodeStandard(String(decoding: parts[1], as: UTF8.self)), signature.count > 4
        else { return nil }
        return (name, signature)
    }
}
