import AsyncAlgorithms
import FoundationEssentials
import Logging
import Models
import PostgreSQL
import RabbitMQ

extension Transactor {
    /// The operator has a contact's dead letters judged again; only this service says so to itself.
    func isRedrive(_ delivery: Delivery) -> Bool {
        delivery.routingKey == LetterDesk.redriveType(of: runtime.service)
            && delivery.properties.userID == runtime.service.rawValue
    }

    /// Judges letters afresh, in their order, each as if its publisher had sent it now.
    func redrive(
        _ delivery: Delivery, _ database: DatabaseLink, _ committed: AsyncChannel<Committed>
    ) async throws {
        // It came before, and the process ended: one of its letters may be why. They stay.
        guard delivery.deliveryCount < 2 else {
            runtime.log.error("dead letters were not judged again: the process ended each time")
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
                runtime.log.error("a dead letter's row was changed: it is not judged again")
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
