import Models
import Testing

private func refusal(_ json: JSON) -> Refusal? {
    do throws(Refusal) {
        _ = try FindQuestion(reading: try Reader(json, at: "/data"))
        return nil
    } catch {
        return error
    }
}

@Suite("Questions for contacts")
struct FindQuestionTests {
    @Test("limit is 100 unless given and at most 10,000; null is as if it were left out")
    func limits() throws {
        let condition: JSON = ["all": []]
        let question = try FindQuestion(
            reading: try Reader(["where": condition, "after": nil, "limit": nil], at: "/data"))
        #expect(question.limit == 100 && question.after == nil && question.condition == condition)
        for limit in [1, 10_000] { #expect(refusal(["where": condition, "limit": .number("\(limit)")]) == nil) }
        for limit: JSON in [0, -1, 10_001, .number("1.5"), "10"] {
            let found = refusal(["where": condition, "limit": limit])
            #expect(found?.code == .invalidField && found?.pointer == "/data/limit", "\(limit)")
        }
        #expect(refusal([:])?.pointer == "/data/where")
        #expect(refusal(["where": condition, "after": 5])?.pointer == "/data/after")
    }

    @Test("question and answer come back as they were sent")
    func roundTrip() throws {
        let question = FindQuestion(condition: ["all": []], after: "YQ", limit: 7)
        let read = try FindQuestion(reading: try Reader(question.json, at: "/data"))
        #expect(read.condition == question.condition && read.after == "YQ" && read.limit == 7)
        let contact = try #require(ContactID("c-1"))
        for next in ["Yy0x", nil] {
            let answer = ContactPage(contacts: [contact], next: next)
            let again = try ContactPage(reading: try Reader(answer.json, at: "/data"))
            #expect(again.contacts == [contact] && again.next == next)
            #expect(answer.json["next"] == next.map { .string($0) } ?? .null)
        }
    }
}
