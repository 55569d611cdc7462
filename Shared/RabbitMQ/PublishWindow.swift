/// The published messages that the broker has not confirmed yet. Pure: no I/O.
///
/// Confirms come in any order and may cover many (`multiple`), so it keeps a set and not a counter. A `basic.return`
/// carries no tag; it comes before the confirm of its message, and returns come in the order of publishing.
///
/// A message that is never confirmed takes one place of the window, and does not delay other messages.
struct PublishWindow {
    /// A window of 1 gives 1,600 messages a second, 512 give 35,000, and more give no more. A larger window makes a
    /// single message for a busy broker wait longer, behind those already sent (docs/performance.md).
    static let standardCapacity: UInt64 = 256

    private struct Slot {
        let call: PublishCall
        let index: Int
    }

    private let capacity: UInt64
    private var slots: [UInt64: Slot] = [:]
    private var nextTag: UInt64 = 1
    private var lowestTag: UInt64 = 1
    private var lastReturnedTag: UInt64 = 0

    /// `capacity` messages may be sent and not yet confirmed.
    init(capacity: UInt64 = standardCapacity) {
        self.capacity = capacity
        slots.reserveCapacity(Int(capacity))
    }

    var isEmpty: Bool { slots.isEmpty }
    var hasRoom: Bool { slots.count < Int(capacity) }

    /// Records a message as sent, under the next tag.
    mutating func sent(_ call: PublishCall, index: Int) {
        slots[nextTag] = Slot(call: call, index: index)
        nextTag += 1
    }

    /// A `basic.ack` or, with `.rejected`, a `basic.nack`. False if the broker names a tag that was never sent.
    mutating func settle(through tag: UInt64, multiple: Bool, as outcome: PublishOutcome) -> Bool {
        // With `multiple`, tag 0 means all.
        let last = multiple && tag == 0 ? nextTag - 1 : tag
        guard last < nextTag else { return false }
        guard last >= lowestTag else { return true }
        for each in (multiple ? lowestTag : last)...last {
            guard let slot = slots.removeValue(forKey: each) else { continue }
            if outcome == .rejected && slot.call.outcomes[slot.index] == .confirmed {
                slot.call.outcomes[slot.index] = .rejected
            }
            slot.call.settleOne()
        }
        while lowestTag < nextTag, slots[lowestTag] == nil { lowestTag += 1 }
        return true
    }

    /// A `basic.return`: the first message after the last returned one that is the same. Equal messages are told apart
    /// by their order: those with the same exchange, key, id and body are mostly routed alike.
    mutating func returned(exchange: String, routingKey: String, messageID: String?, body: [UInt8]) -> Bool {
        var tag = max(lowestTag, lastReturnedTag + 1)
        while tag < nextTag {
            if let slot = slots[tag] {
                let message = slot.call.messages[slot.index]
                if message.mandatory, message.routingKey == routingKey, message.exchange == exchange,
                    message.properties.messageID == messageID, message.body == body
                {
                    slot.call.outcomes[slot.index] = .returned
                    lastReturnedTag = tag
                    return true
                }
            }
            tag += 1
        }
        return false
    }

    /// Fails every call with a message in here.
    mutating func failAll(_ error: BrokerError) {
        for slot in slots.values { slot.call.fail(error) }
        slots = [:]
        lowestTag = nextTag
    }
}
