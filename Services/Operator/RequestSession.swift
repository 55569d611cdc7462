import Cryptography
import FoundationEssentials
import Models
import RabbitMQ

/// Requests to the services, over one connection for as many as a command makes.
struct RequestSession {
    private let account: String
    private let requester: Requester
    private let token: String?

    /// Connects as the account of `AMQP_URL`. `token`: the user's, for what needs a permission.
    static func open(token: String?) async throws(Ending) -> RequestSession {
        let broker = try BrokerAccess()
        return RequestSession(account: broker.address.user, requester: try await broker.requester(), token: token)
    }

    /// Asks and waits: the reply's data, which may be a refusal (`refusal(in:)`). `id`: the request's own, for one that
    /// is sent again.
    func reply(
        to type: String, subject: String, _ data: JSON, id: String? = nil, timeout: Timeout
    ) async throws(Ending) -> JSON {
        let event = try event(type, subject, data, id)
        let message = event.message(account: account, token: token, exchange: "requests")
        do {
            let delivery = try await requester.request(message, timeout: timeout.duration)
            return try Event(parsing: delivery.body).data
        } catch let error as BrokerError where error.kind == .timedOut {
            // A reveal under an id that was used is a conflict (contract section 1), and so is a value sealed anew.
            let again =
                ["vault.reveal", "vault.store"].contains(type)
                ? "ask again" : "ask again with --id \(event.event.id.text)"
            throw Ending(.timedOut, "no answer in \(timeout). It may be carried out all the same: \(again)")
        } catch let error as BrokerError {
            throw Ending(publishing: error)
        } catch {
            throw Ending(.refused, "the reply is no event of the contract")
        }
    }

    /// Asks something about several contacts or none: the reply's data. A refusal ends the command as `ending` says.
    func answer(
        to type: String, _ data: JSON, timeout: Timeout, or ending: (RefusedRequest) -> Ending = \.ending
    ) async throws(Ending) -> JSON {
        let reply = try await reply(to: type, subject: standardSubject, data, timeout: timeout)
        if let refusal = refusal(in: reply) { throw ending(refusal) }
        return reply
    }

    /// Ends the connection. Not called after a time-out: a broker that is blocked would let that wait too.
    func close() async { await requester.close() }

    /// The refusal that a reply is; nil of any other.
    func refusal(in reply: JSON) -> RefusedRequest? {
        reply["status"]?.text == "error" ? RefusedRequest(reply["error"], hadToken: token != nil) : nil
    }

    private func event(
        _ type: String, _ subject: String, _ data: JSON, _ id: String?
    ) throws(Ending) -> CompleteEvent {
        let draft = JSON(present: [
            "id": .text(id), "type": .string(type), "subject": .string(subject), "data": data,
        ])
        do throws(Refusal) {
            return try CompleteEvent(draft, account: account, now: .now, random: Random.bytes(10))
        } catch {
            throw Ending(.usage, "\(error.message)\(error.pointer.map { " (\($0))" } ?? "")")
        }
    }
}

/// The subject of a request that is about several contacts or none.
let standardSubject = "operator"

/// What a service said no to.
struct RefusedRequest: Equatable {
    /// One of the contract's codes.
    let code: String
    private let text: String

    init(_ error: JSON?, hadToken: Bool) {
        code = error?["code"]?.text ?? "failed"
        var text = "refused: \(code): \(error?["message"]?.text ?? "no reason given")"
        if let pointer = error?["pointer"]?.text { text += " (\(pointer))" }
        if code == "not-permitted", !hadToken { text += "\nno token was sent: --token, or ASSENT_TOKEN" }
        self.text = text
    }

    /// How the command ends by it.
    var ending: Ending { Ending(.refused, text) }

    /// How a command ends by it whose exit code 1 says something else: the token is wrong, or nobody can answer now.
    var endingApart: Ending { Ending(["unavailable", "failed"].contains(code) ? .unreachable : .usage, text) }
}
