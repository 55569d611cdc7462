import Testing

@testable import RabbitMQ

@Suite struct PublishWindowTests {
    private func message(_ id: String?, key: String = "k") -> OutgoingMessage {
        OutgoingMessage(exchange: "e", routingKey: key, properties: Properties(messageID: id), body: [1])
    }

    /// Sends the messages as one call, lets `settle` act, and gives the call's outcomes.
    private func outcomes(
        _ messages: [OutgoingMessage], _ settle: (inout PublishWindow) -> Void
    ) async throws -> [PublishOutcome] {
        try await withCheckedContinuation { answer in
            var window = PublishWindow()
            let call = PublishCall(messages) { answer.resume(returning: $0) }
            for index in messages.indices { window.sent(call, index: index) }
            settle(&window)
            window.failAll(BrokerError(.lost, "not settled"))
        }.get()
    }

    @Test("confirms out of order, single and multiple, settle each message once")
    func outOfOrder() async throws {
        let result = try await outcomes([message("1"), message("2"), message("3"), message("4")]) { window in
            let all = [
                window.settle(through: 3, multiple: false, as: .rejected),
                window.settle(through: 2, multiple: true, as: .confirmed),
                window.settle(through: 2, multiple: true, as: .rejected),
                window.settle(through: 4, multiple: true, as: .confirmed),
            ]
            #expect(all == [true, true, true, true])
            #expect(window.isEmpty)
        }
        #expect(result == [.confirmed, .confirmed, .rejected, .confirmed])
    }

    @Test("a message that is never confirmed takes one place and holds up nothing else")
    func oneUnconfirmed() async throws {
        let result = try await withCheckedContinuation { answer in
            var window = PublishWindow(capacity: 4)
            let call = PublishCall((0..<20).map { message("\($0)") }) { answer.resume(returning: $0) }
            window.sent(call, index: 0)
            for index in 1..<20 {
                let hasRoom = window.hasRoom
                #expect(hasRoom, "\(index)")
                window.sent(call, index: index)
                _ = window.settle(through: UInt64(index + 1), multiple: false, as: .confirmed)
            }
            let isEmpty = window.isEmpty
            #expect(!isEmpty)
            _ = window.settle(through: 1, multiple: true, as: .confirmed)
        }.get()
        #expect(result.allSatisfy { $0 == .confirmed } && result.count == 20)
    }

    @Test("what is not settled fails the call")
    func unsettled() async {
        await expect(.lost) {
            _ = try await outcomes([message("1"), message("2")]) { window in
                _ = window.settle(through: 1, multiple: false, as: .confirmed)
            }
        }
    }

    @Test("a confirm of a tag that was never sent is noticed")
    func unknownTag() {
        var window = PublishWindow()
        let isKnown = window.settle(through: 1, multiple: false, as: .confirmed)
        #expect(!isKnown)
    }

    @Test("returns of equal messages mark them one after the other")
    func equalReturns() async throws {
        let result = try await outcomes([message(nil), message(nil), message(nil, key: "x")]) { window in
            for _ in 1...2 {
                let isKnown = window.returned(exchange: "e", routingKey: "k", messageID: nil, body: [1])
                #expect(isKnown)
            }
            let isKnown = window.returned(exchange: "e", routingKey: "k", messageID: nil, body: [1])
            #expect(!isKnown)
            _ = window.settle(through: 0, multiple: true, as: .confirmed)
        }
        #expect(result == [.returned, .returned, .confirmed])
    }

    @Test("the window holds 256 messages and is reused")
    func room() async {
        _ = await withCheckedContinuation { answer in
            var window = PublishWindow()
            let call = PublishCall(Array(repeating: message("1"), count: 2_000)) { answer.resume(returning: $0) }
            for index in 0..<2_000 {
                if !window.hasRoom {
                    #expect(index % 256 == 0)
                    let isKnown = window.settle(through: UInt64(index), multiple: true, as: .confirmed)
                    #expect(isKnown)
                }
                window.sent(call, index: index)
            }
            _ = window.settle(through: 2_000, multiple: true, as: .confirmed)
        }
    }
}
