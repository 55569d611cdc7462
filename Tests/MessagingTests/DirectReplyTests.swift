import Foundation
import Testing

@testable import Messaging

@Suite struct DirectReplyTests {
    /// Behind the version 131: the term.
    private func name(_ term: [UInt8], key: String = "a2V5") -> String {
        "amq.rabbitmq.reply-to.\(Data([131] + term).base64EncodedString()).\(key)"
    }

    @Test("X5 only a name that the broker can decode may be answered: it dies of any other")
    func forms() {
        let node = Array("reply@1234".utf8)
        let numbers = [UInt8](repeating: 1, count: 12)
        #expect(DirectReply.isName(name([88, 100, 0, UInt8(node.count)] + node + numbers)))
        #expect(DirectReply.isName(name([88, 119, UInt8(node.count)] + node + numbers)))
        #expect(DirectReply.isName(name([103, 118, 0, UInt8(node.count)] + node + numbers.prefix(9))))
        for faulty: [UInt8] in [
            [], [88], [88, 118, 0], [88, 118, 0, 1], [88, 119, 9] + node + numbers, [109, 0, 0, 0, 1, 1],
            [88, 100, 0, UInt8(node.count)] + node, [88, 100, 255, 255] + node + numbers,
        ] {
            #expect(!DirectReply.isName(name(faulty)), "\(faulty)")
        }
        let right = name([88, 119, UInt8(node.count)] + node + numbers)
        for text in [
            "amq.rabbitmq.reply-to.g1h2AA==.x", "amq.rabbitmq.reply-to.", right + ".x", String(right.dropLast(5)),
        ] {
            #expect(!DirectReply.isName(text), "\(text)")
        }
    }
}
