import Testing

@testable import RabbitMQ

@Suite("Bytes that a consumer holds") struct HeldDeliveriesTests {
    private func held(_ sizes: Int...) -> HeldDeliveries {
        var held = HeldDeliveries()
        for (index, size) in sizes.enumerated() {
            held.add(
                Delivery(
                    tag: UInt64(index + 1), exchange: "e", routingKey: "k", isRedelivered: false,
                    properties: Properties(headers: ["a": .string("1234")]), body: [UInt8](repeating: 0, count: size)))
        }
        return held
    }

    private let each = 512 + 1 + 4 + 32

    @Test("bodies, headers and what a delivery takes itself count") func counted() {
        #expect(held(10, 20).bytes == 30 + 2 * each)
    }

    @Test("what is acknowledged is free again, up to a tag") func through() {
        var held = held(10, 20, 40)
        held.release(through: 2)
        #expect(held.bytes == 40 + each)
        held.release(through: 1)
        #expect(held.bytes == 40 + each)
        held.release(through: 99)
        #expect(held.bytes == 0)
    }

    @Test("what is acknowledged is free again, one by one, each once, in any order") func alone() {
        var held = held(10, 20, 40)
        held.release(only: 2)
        held.release(only: 2)
        held.release(only: 7)
        #expect(held.bytes == 50 + 2 * each)
        held.release(only: 1)
        held.release(only: 3)
        #expect(held.bytes == 0)
    }
}
