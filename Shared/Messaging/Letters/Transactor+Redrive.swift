import AsyncAlgorithms
import FoundationEssentials
import Logging
import Models
import PostgreSQL
import RabbitMQ

extension Transactor {
    /// Whether the delivery is a redrive of a contact's dead letters, which only this service sends to itself.
    func isRedrive(_ delivery: Delivery) -> Bool {
        delivery.routingKey == LetterDesk.redriveType(of: runtime.service)
            && delivery.properties.userID == runtime.service.rawValue
    }

    /// Decides letters again, in order, as if their publishers had just sent them.
    func redrive(
        _ delivery: Delivery, _ database: DatabaseLink, _ committed: AsyncChannel<Committed>
    ) async throws {
        // Two processes ended while they handled this message, perhaps because of one of its letters. The letters are
        // not decided again and stay stored.
        guard delivery.deliveryCount < 2 else {
            runtime.log.error("dead letters were not redriven, as the process ended at each attempt; they stay stored")
            return await hand([], acknowledging: delivery.tag, to: committed)
        }
        let incoming = Incoming(
            delivery,
            expecting: [
                delivery.routingKey: ExpectedType(
                    exchange: .internal, sender: runtime.service, bodyLimit: ordinaryBodyLimit)
            ])
        let named = try? incoming.result.get().event.data["letters"]?.elements
        let ids = (named ?? []).compactMap { $0.text.flatMap { UUID(uuidString: $0) } }.sorted()
        for id in ids {
            let rows = try await persistently(database, committed, of: 1) { connection in
                try await connection.run([LetterStatements.body(of: id)])[0]
            }
            guard let row = rows.first else { continue }
            do {
                guard let delivery = try LetterStatements.delivery(row, seal: runtime.letterSeal) else { continue }
                var candidate = await runtime.candidate(delivery)
                candidate.letter = id
                try await commit([candidate], extra: [], database, committed)
            } catch is JSONError {
                runtime.log.error("a dead letter's row cannot be parsed; its redrive is skipped")
            }
        }
        var departures: [Departure] = []
        if let address = incoming.replyAddress {
            let target = ReplyTarget(type: incoming.type, subject: incoming.contact ?? "-", address: address)
            departures.append(
                .direct(replyMessage(to: target, okData([:]), from: runtime.service, id: newID(at: .now), at: .now)))
        }
        await hand(departures, acknowledging: delivery.tag, to: committed)
    }
}
