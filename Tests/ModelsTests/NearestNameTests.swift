import Models
import Testing

@Suite struct NearestNameTests {
    private let names = ["creditCard", "nationalId", "firstName", "lastName", "id", "vip", "list"]

    @Test(
        "V7 case, marks and one letter in four are passed over",
        arguments: [
            ("creditcard", "creditCard"), ("CREDIT-CARD", "creditCard"), ("credit_card", "creditCard"),
            ("credtCard", "creditCard"), ("cerditCard", "creditCard"), ("nationalID", "nationalId"),
            ("fristname", "firstName"), ("VIP", "vip"), ("ID", "id"), ("lst", "list"), ("lists", "list"),
        ])
    func near(_ name: String, _ meant: String) { #expect(nearestName(to: name, among: names) == meant) }

    @Test(
        "what is far from every name has no suggestion",
        arguments: ["", "shoe", "card", "name", "vap", "ie", "creditor", String(repeating: "x", count: 100_000)])
    func far(_ name: String) { #expect(nearestName(to: name, among: names) == nil) }
}
