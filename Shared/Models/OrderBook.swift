package import FoundationEssentials

/// Orders of one contact that may wait: people do not decide so often while the other service is unavailable.
private let mostWaiting = 200

/// An order to another service: a decision that counts already, and is published once the other has carried it out.
package struct PlacedOrder: Sendable, Equatable {
    /// The order's id, by which an answer is recognised; the same each time it is sent.
    package let id: UUID
    /// The order's topic, such as a field: of two orders with one topic the later counts.
    package let topic: String
    /// The type of its message, on the exchange `internal`.
    package let type: String
    package let data: JSON
    /// Data that the orderer needs once the order is carried out.
    package let note: JSON
    /// The request whose reply waits for it.
    package internal(set) var request: KeptRequest
    /// The orderer's history in which it was given its number (X5).
    package internal(set) var epoch: Int64
    /// A number that rises from one order of a topic to the next; 0: not sent yet, since an earlier order comes first.
    package internal(set) var sequence: Int64
    /// The order that the receiver last reported as in force; the receiver refuses this order where another is in
    /// force.
    package internal(set) var follows: UUID?

    /// Made from saved values.
    package init(
        id: UUID, topic: String, type: String, data: JSON, note: JSON, request: KeptRequest, epoch: Int64 = 0,
        sequence: Int64 = 0, follows: UUID? = nil
    ) {
        self.id = id
        self.topic = topic
        self.type = type
        self.data = data
        self.note = note
        self.request = request
        self.epoch = epoch
        self.sequence = sequence
        self.follows = follows
    }

    /// The message's `data`: the head, then the order's content.
    package var message: JSON {
        let head = OrderHead(order: id, follows: follows, epoch: epoch, sequence: sequence)
        return .object(head.members + (data.members ?? []))
    }
}

/// The members that all orders between services have.
package struct OrderHead: Sendable, Equatable {
    package let order: UUID
    /// The order that it follows; nil: it is the first.
    package let follows: UUID?
    /// The orderer's history (X5).
    package let epoch: Int64
    /// Rises from order to order.
    package let sequence: Int64

    package init(order: UUID, follows: UUID?, epoch: Int64, sequence: Int64) {
        self.order = order
        self.follows = follows
        self.epoch = epoch
        self.sequence = sequence
    }

    /// From the order's `data`.
    package init(reading data: Reader) throws(Refusal) {
        order = try data.uuid("order")
        follows = data.optional("follows") == nil ? nil : try data.uuid("follows")
        epoch = try data.integer("epoch", in: 0...Int64.max)
        sequence = try data.integer("sequence", in: 0...Int64.max)
    }

    /// As members of `data`.
    package var members: [JSON.Member] {
        [
            JSON.Member("order", .string(order.text)), JSON.Member("follows", .text(follows?.text) ?? .null),
            JSON.Member("epoch", .number(String(epoch))), JSON.Member("sequence", .number(String(sequence))),
        ]
    }
}

/// The answer to an order: it names the order that is in force, which may be another one (X5).
package struct OrderAnswer: Sendable, Equatable {
    /// The order that is answered.
    package let order: UUID
    /// The order in force.
    package let inForce: OrderInForce
    /// The epoch of the answering service: answers of an older epoch do not count.
    package let epoch: Int64
    /// The answer's own number in that history.
    package let number: Int64

    package init(order: UUID, inForce: OrderInForce, epoch: Int64, number: Int64) {
        self.order = order
        self.inForce = inForce
        self.epoch = epoch
        self.number = number
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        order = try data.uuid("order")
        inForce = try OrderInForce(reading: try data.object("inForce"))
        epoch = try data.integer("epoch", in: 0...Int64.max)
        number = try data.integer("number", in: 0...Int64.max)
    }

    /// As members of `data`.
    package var members: [JSON.Member] {
        [
            JSON.Member("order", .string(order.text)), JSON.Member("inForce", inForce.json),
            JSON.Member("epoch", .number(String(epoch))), JSON.Member("number", .number(String(number))),
        ]
    }
}

/// The order that a receiver follows at the moment about one thing.
package struct OrderInForce: Sendable, Equatable {
    /// The order; nil: none came yet.
    package let order: UUID?
    /// Its number; 0: none came yet.
    package let sequence: Int64
    /// The state that it led to, as a word of the receiver's, such as `locked`.
    package let state: String

    /// An order in force.
    package init(order: UUID?, sequence: Int64, state: String) {
        self.order = order
        self.sequence = sequence
        self.state = state
    }

    /// From an object.
    package init(reading data: Reader) throws(Refusal) {
        order = data.optional("order") == nil ? nil : try data.uuid("order")
        sequence = try data.integer("sequence", in: 0...Int64.max)
        state = try data.text("state", limit: 64)
    }

    /// As an object.
    package var json: JSON {
        [
            "order": .text(order?.text) ?? .null, "sequence": .number(String(sequence)), "state": .string(state),
        ]
    }
}

/// The orders that one contact's decisions have placed with other services, and the orders that these last reported as
/// in force (X5). Model-checked in `Tests/Models/orders.pml`.
///
/// One order of a topic is under way at a time; the next is sent when it is settled. An answer settles an order only if
/// the order itself is in force under the number that it has now.
package struct OrderBook: Sendable, Equatable {
    /// The number and the epoch of an order that is sent now.
    package struct Stamp: Sendable {
        let number: Int64
        let epoch: Int64

        /// - Parameter number: no other order of the same topic has it.
        package init(number: Int64, epoch: Int64) {
            self.number = number
            self.epoch = epoch
        }
    }

    /// The last report of an order's receiver, and the number of the answer that brought it.
    package struct Heard: Sendable, Equatable {
        /// The order that was in force.
        package let inForce: OrderInForce
        /// The answer's number in the receiver's history.
        package let answer: Int64

        /// Made from saved values.
        package init(inForce: OrderInForce, answer: Int64) {
            self.inForce = inForce
            self.answer = answer
        }
    }

    /// The step to take after an answer.
    package enum Step: Sendable, Equatable {
        /// No step.
        case none
        /// The order is carried out and can be published; `next` is to be sent.
        case settled(PlacedOrder, next: PlacedOrder?)
        /// The order is to be sent again, under its new number.
        case send(PlacedOrder)
        /// The receiver follows an older order than the one that was settled: the decision has to be ordered again.
        case orderAgain
        /// The receiver knows a later order than this database: it has lost its last commits.
        case beginEpoch
    }

    /// The order book without changes, as it is once all of them are saved.
    package var saved: OrderBook { OrderBook(waiting: waiting, heard: heard) }

    /// Changes that are not saved yet.
    package struct Changes: Sendable, Equatable {
        /// Orders to insert.
        package internal(set) var placed: [UUID] = []
        /// Orders whose number or predecessor has changed.
        package internal(set) var renumbered: Set<UUID> = []
        /// Orders to delete.
        package internal(set) var settled: [UUID] = []
        /// Addresses that wait for an order's reply, beside those it was placed with.
        package internal(set) var waiters: [Waiter] = []
        /// Topics whose order in force was reported anew.
        package internal(set) var heard: Set<String> = []

        /// A reply address that waits for an order.
        package struct Waiter: Sendable, Equatable {
            package let order: UUID
            /// Where the reply goes.
            package let reply: KeptRequest.Reply
        }
    }

    /// Orders that are not settled, in their order.
    package private(set) var waiting: [PlacedOrder]
    /// The last reports of the receivers, by topic.
    package private(set) var heard: [String: Heard]
    /// The changes since the order book was loaded.
    package private(set) var changes = Changes()

    /// Made from saved values.
    package init(waiting: [PlacedOrder] = [], heard: [String: Heard] = [:]) {
        self.waiting = waiting
        self.heard = heard
    }

    /// Refuses to place more orders than may wait.
    package func requireRoom() throws(Refusal) {
        guard waiting.count < mostWaiting else {
            throw Refusal(.unavailable, "\(mostWaiting) decisions of this contact wait for another service")
        }
    }

    /// Places an order. Returns it where it is to be sent now; nil: an earlier one of the same topic comes first.
    package mutating func place(_ order: PlacedOrder, as stamp: Stamp) -> PlacedOrder? {
        let isFirst = !waiting.contains { $0.topic == order.topic }
        waiting.append(order)
        changes.placed.append(order.id)
        return isFirst ? number(waiting.count - 1, stamp) : nil
    }

    /// Takes a receiver's answer, which names the order in force, and returns the step to take.
    ///
    /// - Parameter epoch: the newest epoch known of the receiver.
    package mutating func take(_ answer: OrderAnswer, on topic: String, since epoch: Int64, as stamp: Stamp) -> Step {
        guard answer.epoch >= epoch else { return .none }
        let last = heard[topic]?.inForce
        let first = waiting.firstIndex { $0.topic == topic }
        if let first, answer.inForce.order == waiting[first].id {
            hear(answer.inForce, by: answer.number, on: topic)
            // The order is in force under an older number: it is sent again, so that its newest number comes into
            // force.
            guard answer.inForce.sequence == waiting[first].sequence else { return .send(number(first, stamp)) }
            return settle(first, stamp)
        }
        if first == nil, answer.inForce.order == last?.order { return .none }
        if answer.inForce.sequence > last?.sequence ?? 0 { return .beginEpoch }
        guard let first else { return .orderAgain }
        guard answer.order == waiting[first].id else { return .none }
        // The receiver refused the order, since it named another predecessor.
        hear(answer.inForce, by: answer.number, on: topic)
        return .send(number(first, stamp))
    }

    /// Takes the order in force that the receiver reports after this database lost its last commits; the order may be
    /// from the lost history. Returns whether this database does not know it.
    package mutating func recall(_ inForce: OrderInForce, on topic: String) -> Bool {
        guard inForce.sequence > heard[topic]?.inForce.sequence ?? 0 else { return false }
        let first = waiting.firstIndex { $0.topic == topic }
        let isKnown = first.map { waiting[$0].id == inForce.order } ?? false
        hear(inForce, by: 0, on: topic)
        if let first { follow(first) }
        return !isKnown
    }

    /// Cancels the waiting orders of a topic, which another decision has overruled. Returns the orders.
    package mutating func cancel(_ topic: String) -> [PlacedOrder] {
        let cancelled = waiting.filter { $0.topic == topic }
        waiting.removeAll { $0.topic == topic }
        changes.settled += cancelled.map(\.id)
        return cancelled
    }

    /// Adds the reply addresses of a repeated request to its order, which is not settled yet.
    package mutating func hearAgain(_ repetition: KeptRequest) {
        for place in waiting.indices
        where waiting[place].request.id == repetition.id && waiting[place].request.source == repetition.source {
            let added = waiting[place].request.add(repetition)
            changes.waiters += added.map { .init(order: waiting[place].id, reply: $0) }
        }
    }

    private mutating func settle(_ place: Int, _ stamp: Stamp) -> Step {
        let settled = waiting.remove(at: place)
        changes.settled.append(settled.id)
        changes.renumbered.remove(settled.id)
        let next = waiting.firstIndex { $0.topic == settled.topic }
        return .settled(settled, next: next.map { number($0, stamp) })
    }

    private mutating func number(_ place: Int, _ stamp: Stamp) -> PlacedOrder {
        waiting[place].epoch = stamp.epoch
        waiting[place].sequence = stamp.number
        follow(place)
        return waiting[place]
    }

    private mutating func follow(_ place: Int) {
        waiting[place].follows = heard[waiting[place].topic]?.inForce.order
        changes.renumbered.insert(waiting[place].id)
    }

    private mutating func hear(_ inForce: OrderInForce, by answer: Int64, on topic: String) {
        heard[topic] = Heard(inForce: inForce, answer: answer)
        changes.heard.insert(topic)
    }
}
