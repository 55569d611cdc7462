import Models
import Testing

@Suite struct JSONTests {
    @Test(
        "a JSON text comes back as it was written",
        arguments: [
            #"{"a":[1,-0.50,1e9,true,false,null,"x"],"b":{}}"#, #"[]"#, #""""#, #""\"\\\n\r\t\u0001é😀""#, "0",
            #"{"x":{"y":{"z":[[[]]]}}}"#,
        ])
    func roundTrip(text: String) throws {
        #expect(try JSON(parsing: Array(text.utf8)).serialized == text)
    }

    @Test("escapes are read", arguments: [(#""\u00e9\/\b\f""#, "é/\u{8}\u{c}"), (#""\ud83d\ude00""#, "😀")])
    func escapes(text: String, value: String) throws {
        #expect(try JSON(parsing: Array(text.utf8)) == .string(value))
    }

    @Test(
        "what is no JSON text is refused",
        arguments: [
            "", " ", "{", "[1,]", "[1 2]", #"{"a":1,}"#, #"{"a":1,"a":2}"#, #"{a:1}"#, "01", "-", "1.", ".5", "1e",
            "+1",
            "nul", "TRUE", "NaN", #""a"#, #""\x""#, #""\ud83d""#, #""\ude00""#, #""\u0000""#, "\"\u{1}\"", "1 1",
            "[1]]",
            #"{"a" 1}"#, "\u{feff}1",
        ])
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: Array(text.utf8)) }
    }

    @Test(
        "bytes that are no UTF-8 are refused", arguments: [[0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22]] as [[UInt8]])
    func encoding(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
    }

    @Test("depth is limited, so that no text exhausts the stack")
    func depth() {
        let deep = Array(repeating: UInt8(ascii: "["), count: 200_000)
        #expect(throws: JSONError.self) { try JSON(parsing: deep) }
    }

    @Test("a repeated name is found among many")
    func manyNames() {
        let names = (0..<5000).map { "\"n\($0)\":0" }
        let fine = "{" + names.joined(separator: ",") + "}"
        let repeated = "{" + names.joined(separator: ",") + ",\"n17\":1}"
        #expect(throws: Never.self) { try JSON(parsing: Array(fine.utf8)) }
        #expect(throws: JSONError.self) { try JSON(parsing: Array(repeated.utf8)) }
    }

    @Test(
        "a mistake has its place",
        arguments: [
            (#"{"data":{"email":"a\u0000b"}}"#, "/data/email"), (#"{"a":[1,{"b~/c":nul}]}"#, "/a/1/b~0~1c"),
            (#"{"a":1,"a":2}"#, ""), ("x", ""), (#"{"a\u0000":1}"#, ""), ("[[1],[x]]", "/1/0"),
        ])
    func places(text: String, pointer: String) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: Array(text.utf8)) }
        #expect(error?.pointer == pointer)
    }
}
