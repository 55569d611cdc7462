import Testing

@testable import Cryptography

struct AESKeyTests {
    struct GCMVector: Sendable {
        let key, nonce, plaintext, associatedData, sealed: String
    }

    /// Test cases 13 to 16 of the GCM specification submitted to NIST.
    static let vectors: [GCMVector] = {
        let zeroKey = String(repeating: "0", count: 64)
        let zeroNonce = String(repeating: "0", count: 24)
        let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
        let plaintext =
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        let ciphertext =
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        return [
            GCMVector(
                key: zeroKey, nonce: zeroNonce, plaintext: "", associatedData: "",
                sealed: "530f8afbc74536b9a963b4f1c4cb738b"),
            GCMVector(
                key: zeroKey, nonce: zeroNonce, plaintext: String(repeating: "0", count: 32), associatedData: "",
                sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
            GCMVector(
                key: key, nonce: "cafebabefacedbaddecaf888", plaintext: plaintext + "1aafd255", associatedData: "",
                sealed: ciphertext + "898015ad" + "b094dac5d93471bdec1a502270e3cc6c"),
            GCMVector(
                key: key, nonce: "cafebabefacedbaddecaf888", plaintext: plaintext,
                associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                sealed: ciphertext + "76fc6ece0f4e1768cddf8853bb2d551b"),
        ]
    }()

    @Test("AES-256-GCM agrees with the published vectors", arguments: vectors)
    func gcm(vector: GCMVector) throws {
        let sealed = GCM.seal(
            hex(vector.plaintext), key: SecretBytes(hex(vector.key)), nonce: hex(vector.nonce),
            associatedData: hex(vector.associatedData))
        #expect(sealed == hex(vector.sealed))
        let key = try #require(AESKey(hex(vector.key)))
        let opened = try key.open(
            hex(vector.nonce) + hex(vector.sealed), associatedData: hex(vector.associatedData))
        #expect(opened == hex(vector.plaintext))
    }

    @Test("A sealed value with any bit changed, cut, or with other associated data does not open")
    func tampering() throws {
        let key = AESKey.random()
        let sealed = key.seal([UInt8]("value".utf8), associatedData: [1, 2])
        #expect(sealed.count == 12 + 5 + 16)
        #expect(try key.open(sealed, associatedData: [1, 2]) == [UInt8]("value".utf8))
        for bit in 0..<(sealed.count * 8) {
            var other = sealed
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CryptographyError.cannotOpen) { try key.open(other, associatedData: [1, 2]) }
        }
        for length in 0..<sealed.count {
            #expect(throws: CryptographyError.cannotOpen) {
                try key.open([UInt8](sealed.prefix(length)), associatedData: [1, 2])
            }
        }
        for data: [UInt8] in [[], [1], [1, 2, 0], [2, 1]] {
            #expect(throws: CryptographyError.cannotOpen) { try key.open(sealed, associatedData: data) }
        }
        #expect(throws: CryptographyError.cannotOpen) { try AESKey.random().open(sealed, associatedData: [1, 2]) }
    }

    @Test("Sealing twice gives two nonces, and the empty value can be sealed")
    func nonces() throws {
        let key = AESKey.random()
        #expect(key.seal([7], associatedData: []) != key.seal([7], associatedData: []))
        #expect(try key.open(key.seal([], associatedData: [9]), associatedData: [9]).isEmpty)
    }

    @Test("Key wrapping agrees with RFC 3394 section 4.6")
    func wrapping() throws {
        let wrapping = try #require(AESKey([UInt8](0...31)))
        let data = hex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
        let wrapped = hex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")
        #expect(wrapping.wrap(try #require(AESKey(data))) == wrapped)
        #expect(try wrapping.unwrap(wrapped).secret.bytes == data)
    }

    @Test("A wrapped key with any bit changed, of another length or under another key does not unwrap")
    func unwrapping() throws {
        let key = AESKey.random()
        let wrapped = key.wrap(AESKey.random())
        for bit in 0..<(wrapped.count * 8) {
            var other = wrapped
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CryptographyError.cannotOpen) { try key.unwrap(other) }
        }
        for length in [0, 8, 16, 24, 32, 39, 41, 48] {
            let other = [UInt8]((wrapped + wrapped).prefix(length))
            #expect(throws: CryptographyError.cannotOpen) { try key.unwrap(other) }
        }
        #expect(throws: CryptographyError.cannotOpen) { try AESKey.random().unwrap(wrapped) }
    }

    @Test("A key has 32 bytes")
    func length() {
        for length in [0, 16, 24, 31, 33, 64] {
            #expect(AESKey([UInt8](repeating: 1, count: length)) == nil)
        }
    }
}
