import Cryptography
import Keys
import Testing
import VaultDomain

@testable import VaultService

@Suite struct FieldCipherTests {
    private let ring: HeldKeys
    private let keys: WrappedKeys
    private let firstName = FieldName(stored: "firstName")
    private let lastName = FieldName(stored: "lastName")

    init() throws {
        let key = Base64URL.encode([UInt8](repeating: 7, count: 32))
        ring = HeldKeys(try KeyRing(json: #"{"keys":[{"version":3,"key":"\#(key)"}]}"#))
        let fresh = FieldCipher(ring: ring, contact: "c-1", keys: .none)
        // One key for both, so that only the associated data keeps the values apart.
        let wrapped = try fresh.freshKey()
        keys = WrappedKeys(version: 3, keys: [firstName: wrapped, lastName: wrapped])
    }

    private func cipher(_ contact: String) -> FieldCipher { FieldCipher(ring: ring, contact: contact, keys: keys) }

    @Test("V1 a value opens where it was sealed, and its bytes do not hold the text")
    func opens() throws {
        let sealed = try cipher("c-1").seal("Änne Example", name: firstName)
        #expect(try cipher("c-1").open(sealed, name: firstName) == "Änne Example")
        #expect(sealed.firstRange(of: [UInt8]("Example".utf8)) == nil)
        #expect(try cipher("c-1").seal("Änne Example", name: firstName) != sealed)
    }

    @Test("V1 a value that is copied to another contact or field does not open")
    func bindsValues() throws {
        let sealed = try cipher("c-1").seal("Anna", name: firstName)
        #expect(throws: CryptographyError.cannotOpen) { try cipher("c-2").open(sealed, name: firstName) }
        #expect(throws: CryptographyError.cannotOpen) { try cipher("c-1").open(sealed, name: lastName) }
    }

    @Test("E3 without its key a value is gone; under a version that the file lacks it is a mistake of ours")
    func needsKeys() throws {
        let sealed = try cipher("c-1").seal("Anna", name: firstName)
        let none = FieldCipher(ring: ring, contact: "c-1", keys: .none)
        #expect(try none.open(sealed, name: firstName) == nil)
        #expect(throws: KeyMistake.self) { try none.seal("Anna", name: firstName) }
        let others = WrappedKeys(version: 2, keys: [firstName: [UInt8](repeating: 0, count: AESKey.wrappedLength)])
        let lacking = FieldCipher(ring: ring, contact: "c-1", keys: others)
        #expect(throws: KeyMistake.self) { try lacking.open(sealed, name: firstName) }
    }
}
