import Foundation
import Models
import RabbitMQ
import Testing

@testable import Messaging

@Suite("Questions when the broker does not answer", .timeLimit(.minutes(10))) struct AskerTests {
    /// A port that takes connections and never says a word.
    private static func silentBroker() throws -> (descriptor: Int32, address: BrokerAddress) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                try #require(bind(descriptor, pointer, size) == 0 && listen(descriptor, 16) == 0)
                try #require(getsockname(descriptor, pointer, &size) == 0)
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        return (descriptor, try BrokerAddress(url: "amqp://consent:x@127.0.0.1:\(port)/assent"))
    }

    @Test("a question ends in its own time, however long the broker takes to let anybody in")
    func ends() async throws {
        let (descriptor, address) = try Self.silentBroker()
        defer { close(descriptor) }
        let asker = Asker(address, name: "test", service: .consent)
        let begun = ContinuousClock.now
        await #expect(throws: AskError.unreachable) {
            try await asker.ask("internal.gate", subject: "mails", [:], timeout: .milliseconds(200))
        }
        #expect(.now - begun < .seconds(8))
    }

    @Test("beyond the limit of questions under way another one ends at once")
    func bounded() async throws {
        let (descriptor, address) = try Self.silentBroker()
        defer { close(descriptor) }
        let asker = Asker(address, name: "test", service: .consent, limit: 2)
        let waiting = (0..<2).map { _ in
            Task { try? await asker.ask("internal.gate", subject: "mails", [:], timeout: .seconds(8)) }
        }
        while await asker.questionsUnderWay < 2 { try await Task.sleep(for: .milliseconds(5)) }
        let begun = ContinuousClock.now
        await #expect(throws: AskError.unreachable) {
            try await asker.ask("internal.gate", subject: "mails", [:], timeout: .seconds(8))
        }
        #expect(.now - begun < .seconds(4))
        for task in waiting { _ = await task.value }
        #expect(await asker.questionsUnderWay == 0)
    }
}
