import ArgumentParser
import Cryptography
import FoundationEssentials
import Models
import RabbitMQ

/// `assent request`
struct RequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Sends a request and prints the reply's data as JSON.",
        discussion: """
            For vault.reveal a key is made unless the data has a replyKey; the reply then has the value in the clear.

            Examples:
              assent request optin.show --subject c-1
              assent request consent.find --data '{"where":{"field":"locale","is":"en"}}'
              assent request vault.reveal --subject c-1 --data @reveal.json
            """)

    @Argument(help: "Such as optin.show.")
    var type: String

    @Option(help: "The contact; what is about several or none can do without.")
    var subject = "operator"

    @Option(help: ArgumentHelp("An object; @FILE reads a file, - standard input.", valueName: "json"))
    var data = "{}"

    @Option(help: "How long to wait for the reply, such as 500ms, 10s, 2m.")
    var timeout = Timeout(.seconds(10))

    @Option(help: ArgumentHelp("The request's id: one sent again is done once.", valueName: "uuid"))
    var id: String?

    @OptionGroup var token: TokenOption

    func validate() throws {
        guard exchangeName(of: type) == "requests" else {
            throw ValidationError("\(type) is an event and has no reply: use assent publish")
        }
        guard id.map({ UUID(uuidString: $0) != nil }) ?? true else { throw ValidationError("--id must be a UUID") }
    }

    func run() async throws {
        let broker = try BrokerAccess()
        var data = try readData()
        let key = type == "vault.reveal" && data["replyKey"] == nil ? RevealKey() : nil
        if let key { data = key.added(to: data) }
        let event = try event(data, account: broker.address.user)
        let token = token.value
        let message = event.message(account: broker.address.user, token: token, exchange: "requests")
        let answer = try await reply(to: message, id: event.event.id, by: broker)
        guard answer["status"]?.text != "error" else {
            print(answer.pretty)
            throw refusal(answer["error"], hasToken: token != nil)
        }
        print(try (key?.opened(answer, subject: subject, field: data["field"]?.text) ?? answer).pretty)
    }

    private func readData() throws(Ending) -> JSON {
        let content: [UInt8]
        switch data.first {
        case "-" where data == "-": content = try InputFile(path: "-").read()
        case "@": content = try InputFile(path: String(data.dropFirst())).read()
        default: content = Array(data.utf8)
        }
        do {
            let json = try JSON(parsing: content)
            guard json.members != nil else { throw Ending(.usage, "--data must be a JSON object") }
            return json
        } catch let error as JSONError {
            throw Ending(.usage, "--data is not JSON: \(error.message), at byte \(error.offset)")
        } catch {
            throw Ending(.usage, "--data must be a JSON object")
        }
    }

    private func event(_ data: JSON, account: String) throws(Ending) -> CompleteEvent {
        let draft = JSON(present: [
            "id": .text(id), "type": .string(type), "subject": .string(subject), "data": data,
        ])
        do throws(Refusal) {
            return try CompleteEvent(draft, account: account, now: .now, random: Random.bytes(10))
        } catch {
            throw Ending(.usage, "\(error.message)\(error.pointer.map { " (\($0))" } ?? "")")
        }
    }

    private func reply(to message: OutgoingMessage, id: UUID, by broker: BrokerAccess) async throws(Ending) -> JSON {
        let requester = try await broker.requester()
        let result: Result<Delivery, BrokerError>
        do {
            result = .success(try await requester.request(message, timeout: timeout.duration))
            await requester.close()
        } catch {
            result = .failure(error)  // not closed: a broker that is blocked would let that wait too
        }
        do {
            return try Event(parsing: try result.get().body).data
        } catch let error as BrokerError where error.kind == .timedOut {
            // A reveal under an id that was used is a conflict (contract section 1).
            let again = type == "vault.reveal" ? "ask again" : "ask again with --id \(id.text)"
            throw Ending(.timedOut, "no answer in \(timeout). It may be carried out all the same: \(again)")
        } catch let error as BrokerError {
            throw Ending(publishing: error)
        } catch {
            throw Ending(.refused, "the reply is no event of the contract")
        }
    }

    private func refusal(_ error: JSON?, hasToken: Bool) -> Ending {
        let code = error?["code"]?.text ?? "failed"
        var text = "refused: \(code): \(error?["message"]?.text ?? "no reason given")"
        if let pointer = error?["pointer"]?.text { text += " (\(pointer))" }
        if code == "not-permitted", !hasToken { text += "\nno token was sent: --token, or ASSENT_TOKEN" }
        return Ending(.refused, text)
    }
}

/// How long to wait, as an option has it.
struct Timeout: ExpressibleByArgument, CustomStringConvertible, Equatable {
    /// Nothing in the suite takes longer to answer; a longer wait is a slip of the hand.
    private static let longest = Duration.seconds(3600)

    let duration: Duration
    let description: String

    init(_ duration: Duration) {
        self.duration = duration
        description = "\(duration.components.seconds)s"
    }

    init?(argument: String) {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000)]
        guard let (suffix, factor) = units.first(where: { argument.hasSuffix($0.0) }),
            let count = UInt32(argument.dropLast(suffix.count)), count > 0
        else { return nil }
        duration = .milliseconds(Int64(count) * factor)
        description = argument
        guard duration <= Self.longest else { return nil }
    }

    var defaultValueDescription: String { description }
}
