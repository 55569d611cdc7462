import Cryptography
import FoundationEssentials
import Messaging
import Models
import RabbitMQ
import ServiceKit
import ServiceLifecycle
import Synchronization

/// Maximum engagements that wait for the broker; further ones are dropped and counted. They have less than 1 KiB each.
private let mostWaiting = 4096

/// Publishes what the web notes of pixels and tracked links to the contact's partition, confirmed by the broker. The
/// visitor never waits for it: what is noted while a batch is published goes with the next one.
final class EngagementReports: Service, Sendable {
    private let publish: @Sendable ([OutgoingMessage]) async throws -> Void
    private let dropped: DroppedEngagement
    private let waiting = Mutex<[OutgoingMessage]>([])
    private let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(
        counting dropped: DroppedEngagement, publish: @escaping @Sendable ([OutgoingMessage]) async throws -> Void
    ) {
        self.dropped = dropped
        self.publish = publish
    }

    /// Returns at once.
    func note(_ engagement: Engagement, of contact: ContactID) {
        let now = Timestamp.now
        let event = Event(
            id: .timeOrdered(at: now, random: Random.bytes(10)), source: SuiteService.consent.source,
            type: EngagementNotice.type, subject: contact.text, time: now, data: engagement.json)
        let hasRoom = waiting.withLock { waiting in
            guard waiting.count < mostWaiting else { return false }
            waiting.append(OutgoingMessage(event, on: .internal, by: .consent))
            return true
        }
        guard hasRoom else { return dropped.count(.notPublished) }
        arrival.yield()
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            for await _ in arrivals {
                let messages = waiting.withLock { waiting in
                    defer { waiting = [] }
                    return waiting
                }
                // Throws only where the process ends.
                do { try await publish(messages) } catch { dropped.count(.notPublished, messages.count) }
            }
        } onGracefulShutdown: {
            self.arrival.finish()
        }
    }
}
