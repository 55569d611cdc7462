import Foundation
import Models
import RabbitMQ
import Testing

@testable import Operator

@Suite("What an operator is told")
struct InputFileTests {
    @Test("a byte order mark is no part of a file")
    func byteOrderMark() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data([0xEF, 0xBB, 0xBF] + Array("{\"a\":1}".utf8)).write(to: file)
        let drafts = try EventFile.drafts(in: try InputFile(path: file.path).read(), name: "e")
        #expect(drafts.map(\.json) == [["a": 1]])
    }

    @Test("a refused login is not a broker that is away")
    func login() throws {
        let address = try BrokerAddress(url: "amqp://crm:secret@broker.example:5672/assent")
        let refused = Ending(connecting: BrokerError(.refused(code: 403), "login: 403 ACCESS_REFUSED"), to: address)
        #expect(refused.status == .unreachable)
        #expect(refused.message?.contains("does not let crm in") == true)
        #expect(refused.message?.contains("cannot be reached") == false)
        #expect(refused.message?.contains("secret") == false)
    }

    @Test("a broker that is away is told with host, port and cause")
    func away() async throws {
        let address = try BrokerAddress(url: "amqp://crm:secret@127.0.0.1:1/assent")
        let error = await #expect(throws: BrokerError.self) { try await Connection.open(address, name: "test") }
        let ending = Ending(connecting: try #require(error), to: address)
        #expect(ending.status == .unreachable)
        #expect(ending.message?.contains("127.0.0.1:1") == true)
        #expect(ending.message?.contains("Connection refused") == true)
    }
}
