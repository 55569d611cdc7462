import ConsentDomain
import Models
import Testing

@Suite("What consent hears of opt-in")
struct HeardFactsTests {
    @Test("of two facts about the same thing the higher sequence counts, whichever comes first")
    func sequences() {
        var contact = ConsentContact.unknown
        contact.hearOptIn("double-opt-in", sequence: 7)
        contact.hearOptIn("single-opt-in-webform", sequence: 5)
        contact.hearOptIn("opt-out-user", sequence: 7)
        #expect(contact.facts.optIn == "double-opt-in")
        contact.hearOptIn("opt-out-contact", sequence: 8)
        #expect(contact.facts.optIn == "opt-out-contact")
    }

    @Test("each list is a thing of its own: an older fact about another list counts")
    func lists() {
        var contact = ConsentContact.unknown
        contact.hearList("news", isSubscribed: true, sequence: 9)
        contact.hearList("events", isSubscribed: true, sequence: 3)
        contact.hearList("news", isSubscribed: false, sequence: 8)
        #expect(contact.facts.lists == ["news", "events"])
        contact.hearList("news", isSubscribed: false, sequence: 10)
        contact.hearList("news", isSubscribed: true, sequence: 9)
        #expect(contact.facts.lists == ["events"])
    }

    @Test("a fact that comes before the contact makes nobody known, and counts once it is")
    func factFirst() throws {
        var contact = ConsentContact.unknown
        contact.hearOptIn("double-opt-in", sequence: 2)
        #expect(!contact.exists)
        #expect(throws: Refusal.self) { try contact.overview(of: [], at: Timestamp(microseconds: 0)) }
        let change = try ContactChange(
            reading: try Reader(["email": "a@example.com", "profile": ["region": "EU"]], at: "/data"), sensitive: [])
        try contact.create(change, keeping: ["region"])
        #expect(contact.exists)
        #expect(contact.facts == Condition.Facts(attributes: ["region": "EU"], optIn: "double-opt-in"))
    }
}
