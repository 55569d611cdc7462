import Cryptography
import Models
import Testing

@testable import Operator

@Suite("The fields of vault.store")
struct SealedFieldsTests {
    private let key = PrivateSealingKey.generate()

    @Test("X4 every value is sealed for its contact and field; nulls and seals stay")
    func seals() throws {
        let data: JSON = [
            "fields": [
                "creditCard": ["value": "4111 1111"], "size": ["value": .number("1.50")], "vip": ["value": true],
                "gone": ["value": nil], "nationalId": ["sealed": "a.b.c.d.e"],
            ]
        ]
        #expect(try SealedFields.areOpen(in: data))
        let sealed = SealedFields.sealed(data, subject: "c-1", to: key.publicKey)
        let fields = try #require(sealed["fields"])
        #expect(fields["gone"] == ["value": nil] && fields["nationalId"] == ["sealed": "a.b.c.d.e"])
        for (name, text) in [("creditCard", "4111 1111"), ("size", "1.50"), ("vip", "true")] {
            let field = try #require(fields[name]?.members)
            #expect(field.map(\.name) == ["sealed"])
            let opened = try JWE.open(try #require(field.first?.value.text)) { _ in key }
            #expect(opened.plaintext == [UInt8](text.utf8))
            #expect(opened.header["sub"] == "c-1" && opened.header["field"] == name)
            #expect(opened.header["kid"] == key.publicKey.thumbprint)
        }
        #expect(try !SealedFields.areOpen(in: sealed))
    }

    @Test("what holds no value needs no key")
    func nothingToSeal() throws {
        for data: JSON in [["fields": [:]], ["fields": ["a": ["value": nil]]], ["fields": ["a": ["sealed": "x"]]]] {
            #expect(try !SealedFields.areOpen(in: data))
        }
    }

    @Test(
        "a field that is neither value nor seal is not sent, and the message quotes nothing of it",
        arguments: [
            "4111", ["value": ["4111"]], ["value": ["x": "4111"]], [:], ["sealed": nil], ["sealed": 1],
            ["value": "4111", "sealed": "x"], ["Value": "4111"], ["value": nil, "note": "4111"],
            ["sealed": "x", "clear": "4111"], ["value": nil, "sealed": "x"],
        ] as [JSON])
    func refuses(content: JSON) {
        let error = #expect(throws: Ending.self) {
            try SealedFields.areOpen(in: ["fields": ["a": ["value": "x"], "creditCard": content]])
        }
        #expect(error?.status == .usage && error?.message?.contains("4111") == false)
    }

    @Test(
        "X4 data of any other shape than fields is not sent, and the message quotes nothing of it",
        arguments: [
            [:], ["fields": nil], ["fields": "4111"], ["fields": [["creditCard": ["value": "4111"]]]],
            ["field": ["creditCard": ["value": "4111"]]], ["creditCard": ["value": "4111"]],
            ["fields": ["a": ["sealed": "x"]], "creditCard": "4111"], [["fields": [:]]],
        ] as [JSON])
    func refuses(data: JSON) {
        let error = #expect(throws: Ending.self) { try SealedFields.areOpen(in: data) }
        #expect(error?.status == .usage && error?.message?.contains("4111") == false)
    }

    @Test("V1 a field is sealed under its composed name, as the vault has it")
    func composes() throws {
        let sealed = SealedFields.sealed(
            ["fields": ["cafe\u{301}": ["value": "x"]]], subject: "c-1", to: key.publicKey)
        let field = try #require(sealed["fields"]?.members?.first)
        let token = try #require(field.value["sealed"]?.text)
        let header = try JWE.open(token) { _ in key }.header
        for name in [field.name, try #require(header["field"] as String?)] {
            #expect(Array(name.utf8) == Array("caf\u{e9}".utf8))
        }
    }
}
