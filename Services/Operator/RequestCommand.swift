import ArgumentParser
import FoundationEssentials
import Models

/// `assent request`
struct RequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Sends a request and prints the reply's data as JSON.",
        discussion: """
            For vault.reveal a key is made unless the data has a replyKey; the reply then has the value in the clear.
            For vault.store each value is sealed to the vault's key before it leaves, so that one sent again under the
            same --id is not the same message, and refused.

            Examples:
              assent request optin.show --subject c-1
              assent request consent.find --data '{"where":{"field":"locale","is":"en"}}'
              assent request vault.store --subject c-1 --data '{"fields":{"firstName":{"value":"Ann"}}}'
              assent request vault.reveal --subject c-1 --data @reveal.json
            """)

    @Argument(help: "Such as optin.show.")
    var type: String

    @Option(help: "The contact; what is about several or none can do without.")
    var subject = standardSubject

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
        var data = try readData()
        let key = type == "vault.reveal" && data["replyKey"] == nil ? RevealKey() : nil
        if let key { data = key.added(to: data) }
        let isToSeal = type == "vault.store" ? try SealedFields.areOpen(in: data) : false
        let asking = try await RequestSession.open(token: token.value)
        if isToSeal {
            let key = try await SealedFields.key(from: asking, timeout: timeout)
            data = SealedFields.sealed(data, subject: subject, to: key)
        }
        let reply = try await asking.reply(to: type, subject: subject, data, id: id, timeout: timeout)
        await asking.close()
        if let refusal = asking.refusal(in: reply) {
            print(reply.pretty)
            throw refusal.ending
        }
        print(try (key?.opened(reply, subject: subject, field: data["field"]?.text) ?? reply).pretty)
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
}

/// A timeout in an option.
struct Timeout: ExpressibleByArgument, CustomStringConvertible, Equatable {
    /// Maximum timeout: no answer of the suite takes longer, so a larger value is a typing error.
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
