import Models
import Testing

@Suite struct MailCodeTests {
    @Test(
        "P6 a mail's code is read as humans type it, in the digits of any script",
        arguments: [
            "012345", " 012345\n", "012 345", "012-345", "012.345", "012\u{2011}345", "0 1 2 3 4 5", "012\u{a0}345",
            "０１２３４５", "\u{200f}٠١٢٣٤٥", "०१२३४५", "012345.", "(012)345", "012\u{2009}345", "012\u{2013}345",
        ])
    func read(text: String) { #expect(MailCode.digits(in: text) == "012345") }

    @Test(
        "P6 what is not six digits is no code, and so no try",
        arguments: ["", " ", "01234", "0123456", "O12345", "code 012345", "012a345", "①12345", "½12345", "012345é"])
    func unreadable(text: String) { #expect(MailCode.digits(in: text) == nil) }
}
