import HTTPTypes
import Hummingbird
import Models
import Settings
import Testing

@testable import ConsentService

@Suite("How often the web may be asked")
struct RateLimitTests {
    private let start = ContinuousClock.now
    private let rate = Settings.Rate(count: 3, interval: .seconds(60))

    @Test("so often at once, then evenly; a key does not count for another")
    func evenly() throws {
        let limit = try #require(RateLimit<String>(rate))
        for _ in 0..<3 { #expect(limit.take("a", at: start) == nil) }
        #expect(limit.take("a", at: start) == .seconds(20))
        #expect(limit.take("b", at: start) == nil)
        #expect(limit.take("a", at: start + .seconds(19)) == .seconds(1))
        #expect(limit.take("a", at: start + .seconds(20)) == nil)
        #expect(limit.take("a", at: start + .seconds(20)) == .seconds(20))
        for _ in 0..<3 { #expect(limit.take("a", at: start + .seconds(200)) == nil) }
        #expect(limit.take("a", at: start + .seconds(200)) != nil)
    }

    @Test("without a limit there is none")
    func none() { #expect(RateLimit<String>(nil) == nil) }

    @Test("a flood of keys takes no more memory than the capacity, and ends nobody's access")
    func bounded() throws {
        let limit = try #require(RateLimit<Int>(rate, capacity: 100))
        for key in 0..<10_000 { #expect(limit.take(key, at: start) == nil) }
        #expect(limit.count <= 100)
        for _ in 0..<3 { _ = limit.take(-1, at: start) }
        #expect(limit.take(-1, at: start) != nil)
    }

    private func visitor(_ peer: String, forwarded: String? = nil, proxy: String? = nil) -> String {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/o/x")
        if let forwarded, let name = HTTPField.Name("X-Forwarded-For") { head.headerFields[name] = forwarded }
        return Visit(Request(head: head, body: .init(buffer: .init())), peer: peer, trustedProxy: proxy).visitor
    }

    @Test("a visitor is an IPv4 address, or the network of an IPv6 address; a trusted proxy says whose")
    func visitors() {
        #expect(visitor("192.0.2.1") != visitor("192.0.2.2"))
        #expect(visitor("2001:db8:1:2::1") == visitor("2001:db8:1:2:ffff::2"))
        #expect(visitor("2001:db8:1:2::1") != visitor("2001:db8:1:3::1"))
        #expect(visitor("::ffff:192.0.2.1") != visitor("::ffff:192.0.2.2"))
        #expect(visitor("192.0.2.9", forwarded: "192.0.2.1", proxy: "192.0.2.9") == "192.0.2.1")
        #expect(visitor("192.0.2.9", forwarded: "192.0.2.1") == "192.0.2.9")
    }
}
