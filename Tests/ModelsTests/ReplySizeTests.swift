import Models
import Testing

@Suite struct ReplySizeTests {
    @Test("a page takes what fits a reply, and no more")
    func pages() {
        var page = ReplyPage()
        let element = JSON.string(String(repeating: "\u{1}", count: 10_000))
        var taken = 0
        while page.add(element) { taken += 1 }
        #expect(taken == 17 && page.elements.count == 17)
        #expect(JSON.array(page.elements).bytes.count <= ReplySize.resultLimit)
        #expect(JSON.array(page.elements + [element]).bytes.count > ReplySize.resultLimit)
    }

    @Test("a result that does not fit is refused with advice")
    func fitting() throws {
        let large = JSON.string(String(repeating: "x", count: ReplySize.limit))
        let refusal = #expect(throws: Refusal.self) { try large.fitting("name fewer `fields`") }
        #expect(refusal?.code == .tooLarge)
        #expect(refusal?.message == "the reply would be larger than 1048576 bytes: name fewer `fields`")
        #expect(try JSON.string("x").fitting("") == "x")
    }

    @Test("a text is cut to what it takes as JSON, between characters")
    func cuts() {
        let text = "a\u{1}\"ü\n\u{1F600}b"
        for limit in 0...20 {
            let cut = text.cut(toJSONBytes: limit)
            #expect(text.unicodeScalars.starts(with: cut.unicodeScalars))
            #expect(JSON.string(cut).bytes.count - 2 <= limit)
            guard let next = text.unicodeScalars.dropFirst(cut.unicodeScalars.count).first else { continue }
            #expect(JSON.string(cut + String(next)).bytes.count - 2 > limit)
        }
        #expect(text.cut(toJSONBytes: 18) == text && text.cut(toJSONBytes: 17) == String(text.dropLast()))
    }
}
