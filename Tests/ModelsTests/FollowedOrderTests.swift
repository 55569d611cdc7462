import FoundationEssentials
import Models
import Testing

private let first = UUID()
private let second = UUID()
private let none = OrderInForce.none(state: "none")
private let inForce = OrderInForce(order: first, sequence: 7, state: "locked")

private let heads: [(OrderInForce, OrderHead, Bool)] = [
    (none, OrderHead(order: first, follows: nil, epoch: 5, sequence: 1), true),
    (none, OrderHead(order: first, follows: nil, epoch: 6, sequence: 1), true),
    // Of a history that the orderer has lost.
    (none, OrderHead(order: first, follows: nil, epoch: 4, sequence: 1), false),
    // It follows an order that did not come.
    (none, OrderHead(order: second, follows: first, epoch: 5, sequence: 8), false),
    (inForce, OrderHead(order: second, follows: first, epoch: 5, sequence: 8), true),
    // It names no predecessor, or another one.
    (inForce, OrderHead(order: second, follows: nil, epoch: 5, sequence: 8), false),
    (inForce, OrderHead(order: second, follows: second, epoch: 5, sequence: 8), false),
    // An older number, the same number, and the order in force once more.
    (inForce, OrderHead(order: second, follows: first, epoch: 5, sequence: 6), false),
    (inForce, OrderHead(order: second, follows: first, epoch: 5, sequence: 7), false),
    (inForce, OrderHead(order: first, follows: nil, epoch: 5, sequence: 7), false),
    (inForce, OrderHead(order: second, follows: first, epoch: 4, sequence: 8), false),
]

@Suite struct FollowedOrderTests {
    @Test("X5 an order is followed if it is newer, names the one in force, and is of no lost history", arguments: heads)
    func followed(now: OrderInForce, head: OrderHead, isFollowed: Bool) {
        #expect(now.isFollowed(by: head, since: 5) == isFollowed)
    }

    @Test("X5 an order that the orderer remembers is restored if it is newer than the one in force")
    func recalled() {
        #expect(none.isOlder(than: inForce))
        #expect(inForce.isOlder(than: OrderInForce(order: second, sequence: 8, state: "locked")))
        #expect(!inForce.isOlder(than: inForce))
        #expect(!inForce.isOlder(than: OrderInForce(order: second, sequence: 6, state: "locked")))
        #expect(!none.isOlder(than: OrderInForce(order: nil, sequence: 9, state: "none")))
    }
}
