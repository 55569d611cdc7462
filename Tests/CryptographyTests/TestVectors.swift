@testable import Cryptography

/// The bytes of a hexadecimal text.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// A key file's text with these versions, each with a key of its own.
func keyFile(_ versions: Int...) -> String {
    let keys = versions.map { version in
        let key = Base64URL.encode([UInt8](repeating: UInt8(version & 0xFF), count: 32))
        return #"{"version":\#(version),"key":"\#(key)"}"#
    }
    return #"{"keys":[\#(keys.joined(separator: ","))]}"#
}

/// Each copy of `text` with one character replaced by another of the base64url alphabet.
func tampered(_ text: String) -> [String] {
    text.indices.map { index in
        text.replacingCharacter(at: index, with: text[index] == "A" ? "B" : "A")
    }
}

extension String {
    func replacingCharacter(at index: Index, with character: Character) -> String {
        String(self[..<index]) + String(character) + String(self[self.index(after: index)...])
    }
}

/// The example key pairs of RFC 7518 appendix C.
enum AppendixC {
    static let aliceX = "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0"
    static let aliceY = "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"
    static let aliceD = "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"
    static let bobX = "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ"
    static let bobY = "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"
    static let bobD = "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"
}
