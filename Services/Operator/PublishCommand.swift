import ArgumentParser
import Cryptography
import Glibc
import Models
import RabbitMQ

/// `assent publish`
struct PublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publishes events: what happened to contacts, or requests that need no reply.",
        discussion: """
            What is missing of specversion, id, source, time and datacontenttype is filled in. All events are checked
            before the first goes out, and go out in order; a line each says id, type and subject of what the broker
            has on disk.

            Example:
              echo '{"type":"contact.created","subject":"c-1","data":{"email":"a@example.com"}}' | assent publish -
            """)

    /// Maximum events published at once: more is not faster (`Connection.publish`), and leaves more events in an
    /// unknown state if the connection breaks.
    private static let batchLimit = 256
    /// How long a blocked broker is waited for before a notice.
    private static let patience = Duration.seconds(2)

    @Argument(help: "An event, an array of events, or an event a line, in JSON; - is standard input.")
    var file: String

    @OptionGroup var token: TokenOption

    func run() async throws {
        let broker = try BrokerAccess()
        let input = InputFile(path: file)
        let account = broker.address.user
        let events = try Self.complete(EventFile.drafts(in: input.read(), name: input.name), account: account)
        let token = token.value
        let connection = try await broker.connect()
        let notice = Task { await Self.tellWhenBlocked(connection) }
        defer { notice.cancel() }
        do {
            try await Self.publish(events, over: connection) { $0.message(account: account, token: token) }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    /// Throws a list of all invalid events with their places.
    static func complete(_ drafts: [EventFile.Draft], account: String) throws(Ending) -> [CompleteEvent] {
        var events: [CompleteEvent] = []
        var mistakes: [String] = []
        for draft in drafts {
            do throws(Refusal) {
                events.append(
                    try CompleteEvent(draft.json, account: account, now: .now, random: Random.bytes(10)))
            } catch {
                mistakes.append("\(draft.place): \(error.message)\(error.pointer.map { " (\($0))" } ?? "")")
            }
        }
        guard mistakes.isEmpty else {
            throw Ending(.usage, (mistakes + ["nothing was published"]).joined(separator: "\n"))
        }
        return events
    }

    private static func publish(
        _ events: [CompleteEvent], over connection: Connection, message: (CompleteEvent) -> OutgoingMessage
    ) async throws(Ending) {
        for batch in batches(events) {
            let later = events.endIndex - batch.endIndex
            let notPublished = later == 0 ? "" : "\nlater events, not published: \(later)"
            let outcomes: [PublishOutcome]
            do {
                outcomes = try await connection.publish(batch.map(message))
            } catch {
                let ending = Ending(publishing: error)
                throw Ending(ending.status, place(of: batch) + ": " + (ending.message ?? "") + notPublished)
            }
            let results = zip(batch, outcomes)
            for (event, outcome) in results where outcome == .confirmed { print(line(event)) }
            fflush(nil)  // shows every published event even if the command is interrupted
            let failures = results.filter { $0.1 != .confirmed }.map { event, outcome in
                let ending = Ending(publishing: BrokerError(outcome == .returned ? .unroutable : .rejected, ""))
                return line(event) + ": " + (ending.message ?? "")
            }
            guard failures.isEmpty else {
                throw Ending(.refused, failures.joined(separator: "\n") + notPublished)
            }
        }
    }

    /// Tells the operator that a broker low on memory or disk blocks publishers, without a time limit.
    private static func tellWhenBlocked(_ connection: Connection) async {
        while connection.isOpen {
            do { try await Task.sleep(for: patience) } catch { return }
            guard connection.isBlocked else { continue }
            return Terminal.complain("the broker takes nothing now, for want of memory or disk; waiting")
        }
    }

    /// At most 256 events at a time. The first event of each type is sent alone: the broker refuses by type and then
    /// closes the channel, which would leave other events in flight in an unknown state.
    static func batches(_ events: [CompleteEvent]) -> [ArraySlice<CompleteEvent>] {
        var batches: [ArraySlice<CompleteEvent>] = []
        var known: Set<String> = []
        var start = 0
        for index in events.indices {
            let isNew = known.insert(events[index].event.type).inserted
            if isNew, start < index { batches.append(events[start..<index]) }
            if isNew { start = index }
            if isNew || index + 1 - start == batchLimit || index + 1 == events.endIndex {
                batches.append(events[start...index])
                start = index + 1
            }
        }
        return batches
    }

    private static func line(_ event: CompleteEvent) -> String {
        Terminal.printable("\(event.event.id.text)  \(event.event.type)  \(event.event.subject)")
    }

    private static func place(of batch: ArraySlice<CompleteEvent>) -> String {
        guard batch.count > 1, let first = batch.first else { return batch.first.map(line) ?? "" }
        return "\(batch.count) events from \(line(first)) on may or may not have been taken"
    }
}
