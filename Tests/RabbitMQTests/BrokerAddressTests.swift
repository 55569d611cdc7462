import RabbitMQ
import Testing

@Suite struct BrokerAddressTests {
    @Test("an address is read, percent-decoded, with defaults for port and vhost")
    func reads() throws {
        let full = try BrokerAddress(url: "amqp://us%40er:p%3Aw%2F@broker.test:5673/a%2Fb")
        #expect(full.user == "us@er")
        #expect(full.host == "broker.test")
        #expect(full.port == 5673)
        #expect(full.virtualHost == "a/b")
        let short = try BrokerAddress(url: "amqp://u:p@h")
        #expect(short.port == 5672)
        #expect(short.virtualHost == "/")
        #expect(try BrokerAddress(url: "amqp://u:p@h/%2F").virtualHost == "/")
        let secure = try BrokerAddress(url: "amqps://u:p@[::1]/v?cacertfile=%2Ftmp%2Fca.pem&heartbeat=1")
        #expect(secure.host == "::1")
        #expect(secure.port == 5671)
    }

    @Test("no description of an address shows its password")
    func hidesPassword() throws {
        let address = try BrokerAddress(url: "amqp://user:se%63ret@host/v")
        var dumped = ""
        dump([address], to: &dumped)
        for text in ["\(address)", String(reflecting: address), "\([address])", dumped] {
            #expect(text.contains("host"))
            #expect(!text.contains("secret"))
        }
    }

    @Test(
        "a broken address is refused and not repeated",
        arguments: [
            "", "http://u:secret@h", "amqp://h", "amqp://u:secret@", "amqp://u:secret@h:0", "amqp://u:secret@h:x",
            "amqp://u:secret%2@h", "amqp://u:secret%zz@h", "amqp://u:secret%00@h", "amqp://u:secret%ff@h",
            "amqps://u:secret@h", "amqp://u:secret@[::1", "amqp://@h",
        ])
    func refuses(_ url: String) {
        do throws(BrokerError) {
            let address = try BrokerAddress(url: url)
            Issue.record("taken: \(address)")
        } catch {
            #expect(error.kind == .invalidAddress)
            #expect(!error.isRetriable)
            #expect(!"\(error)".contains("secret"))
        }
    }
}
