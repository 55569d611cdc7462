import FoundationEssentials
import Models
import Testing

private let valid = #"""
    {"specversion":"1.0","id":"0193a0c2-7f10-7000-8000-0000000000aa","source":"/crm","type":"contact.created",
     "subject":"c-1001","time":"2026-11-23T10:00:00.000Z","datacontenttype":"application/json","data":{"email":"a@b.c"}}
    """#

@Suite struct EventTests {
    @Test("an event is read and written again")
    func roundTrip() throws {
        let event = try Event(parsing: Array(valid.utf8))
        #expect(event.subject == "c-1001")
        #expect(event.time.rfc3339 == "2026-11-23T10:00:00.000Z")
        let again = try Event(parsing: event.bytes)
        #expect(again.id == event.id)
        #expect(again.data == event.data)
    }

    @Test(
        "a mistake in the envelope is pointed to",
        arguments: [
            (#""specversion":"1.0""#, #""specversion":"0.3""#, "/specversion"),
            ("0193a0c2-7f10-7000-8000-0000000000aa", "17", "/id"), (#""source":"/crm""#, #""source":"""#, "/source"),
            (#""type":"contact.created""#, #""type":7"#, "/type"),
            (#""subject":"c-1001""#, #""subject":null"#, "/subject"),
            ("2026-11-23T10", "2026-11-31T10", "/time"), ("application/json", "text/plain", "/datacontenttype"),
            (#"{"email":"a@b.c"}"#, "[]", "/data"), ("a@b.c", #"a\u0000@b.c"#, "/data/email"),
            ("/crm", #"/c\u0000rm"#, "/source"), ("application/json", "application/jsonx; a=b", "/datacontenttype"),
        ])
    func mistakes(part: String, replacement: String, pointer: String) {
        let text = valid.replacing(part, with: replacement)
        do throws(Refusal) {
            _ = try Event(parsing: Array(text.utf8))
            Issue.record("accepted")
        } catch {
            #expect(error.code == .malformed)
            #expect(error.pointer == pointer)
        }
    }

    @Test(
        "a media type may have parameters, and any case",
        arguments: ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON ; a=b"])
    func mediaTypes(text: String) throws {
        let event = try Event(parsing: Array(valid.replacing("application/json", with: text).utf8))
        #expect(event.subject == "c-1001")
    }

    @Test("a time with an offset is taken, and told in UTC")
    func offsets() throws {
        let event = try Event(parsing: Array(valid.replacing("10:00:00.000Z", with: "12:30:00+02:30").utf8))
        #expect(event.time.rfc3339 == "2026-11-23T10:00:00.000Z")
        #expect(try JSON(parsing: event.bytes)["time"] == "2026-11-23T10:00:00.000Z")
    }

    @Test("a fact carries its sequence in 20 digits")
    func sequence() throws {
        let event = Event(
            id: UUID(), source: "/assent/optin", type: "optin.changed", subject: "c", time: Timestamp(microseconds: 0),
            sequence: 1042, data: [:])
        #expect(try JSON(parsing: event.bytes)["sequence"] == "00000000000000001042")
        #expect(try Event(parsing: event.bytes).sequence == 1042)
    }

    @Test("a time-ordered UUID is of version 7 and sorts by its time")
    func timeOrdered() {
        let random = [UInt8](repeating: 0xff, count: 10)
        let early = UUID.timeOrdered(at: Timestamp(microseconds: 1_000_000), random: random)
        let late = UUID.timeOrdered(at: Timestamp(microseconds: 1_001_000), random: [UInt8](repeating: 0, count: 10))
        #expect(early.text == "00000000-03e8-7fff-bfff-ffffffffffff")
        #expect(early.text < late.text)
        #expect(late.time == Timestamp(microseconds: 1_001_000))
        #expect(UUID().time == nil)
    }
}

@Suite struct TimestampTests {
    @Test(
        "E1 months are added by the calendar: the same day, or the last one of a shorter month",
        arguments: [
            ("2026-11-23T10:00:00.123Z", 1, "2026-12-23T10:00:00.123Z"),
            ("2026-12-23T23:59:59.999Z", 1, "2027-01-23T23:59:59.999Z"),
            ("2027-01-31T08:00:00.000Z", 1, "2027-02-28T08:00:00.000Z"),
            ("2028-01-31T08:00:00.000Z", 1, "2028-02-29T08:00:00.000Z"),
            ("2028-01-29T08:00:00.000Z", 1, "2028-02-29T08:00:00.000Z"),
            ("2100-01-29T08:00:00.000Z", 1, "2100-02-28T08:00:00.000Z"),
            ("2028-02-29T00:00:00.000Z", 1, "2028-03-29T00:00:00.000Z"),
            ("2026-03-31T00:00:00.000Z", 1, "2026-04-30T00:00:00.000Z"),
            ("2026-08-31T00:00:00.000Z", 1, "2026-09-30T00:00:00.000Z"),
            ("2026-12-31T12:00:00.000Z", 2, "2027-02-28T12:00:00.000Z"),
            ("2026-12-31T12:00:00.000Z", 3, "2027-03-31T12:00:00.000Z"),
            ("2028-02-29T12:00:00.000Z", 12, "2029-02-28T12:00:00.000Z"),
            ("2026-01-31T12:00:00.000Z", 0, "2026-01-31T12:00:00.000Z"),
            ("2026-03-31T12:00:00.000Z", -1, "2026-02-28T12:00:00.000Z"),
            ("1969-12-31T23:00:00.000Z", 2, "1970-02-28T23:00:00.000Z"),
        ])
    func months(text: String, count: Int, later: String) throws {
        #expect(try #require(Timestamp(rfc3339: text)).addingMonths(count).rfc3339 == later)
    }

    @Test(
        "RFC 3339 is read",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-23T10:00:00.000Z", 1_795_428_000_000_000),
            ("2026-11-23T11:00:00+01:00", 1_795_428_000_000_000),
            ("2024-02-29T23:59:59.123456Z", 1_709_251_199_123_456),
            ("1969-12-31T23:59:59.5Z", -500_000),
        ] as [(String, Int64)])
    func reading(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(
        "times are written in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_709_251_199_123_456, "2024-02-29T23:59:59.123Z"),
        ] as [(Int64, String)])
    func writing(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).rfc3339 == text)
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "2026-11-23", "2026-11-23 10:00:00Z", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T10:00:00", "2026-11-23T10:00:00.Z", "2026-11-23T10:00:00Zx", "20261123T100000Z",
        ])
    func refused(text: String) { #expect(Timestamp(rfc3339: text) == nil) }
}
