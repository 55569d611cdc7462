import Cryptography
import FoundationEssentials
import Models
import RabbitMQ

/// Sends requests to the services; all requests of a command share one connection.
struct RequestSession {
    private let account: String
    private let requester: Requester
    private let token: String?

    /// Connects with the account of `AMQP_URL`. `token`: the user's token, for requests that need a permission.
    static func open(token: String?) async throws(Ending) -> RequestSession {
        let broker = try BrokerAccess()
        return RequestSession(account: broker.address.user, requester: try await broker.requester(), token: token)
    }

    /// Sends a request and returns the reply's data, which may be a refusal (`refusal(in:)`). `id`: the request's id if
    /// it is sent again.
    func reply(
        to type: String, subject: String, _ data: JSON, id: String? = nil, timeout: Timeout
    ) async throws(Ending) -> JSON {
        let event = try event(type, subject, data, id)
        let message = event.message(account: account, token: token, exchange: "requests")
        do {
            let delivery = try await requester.request(message, timeout: timeout.duration)
            return try Event(parsing: delivery.body).data
        } catch let error as BrokerError where error.kind == .timedOut {
            // For these types a retry under the same id is a conflict: a reveal's id was used (contract section 1), and
            // a value is sealed anew.
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

    /// Sends a request about several contacts or none and returns the reply's data. On a refusal, throws `ending`.
    func answer(
        to type: String, _ data: JSON, timeout: Timeout, or ending: (RefusedRequest) -> Ending = \.ending
    ) async throws(Ending) -> JSON {
        let reply = try await reply(to: type, subject: standardSubject, data, timeout: timeout)
        if let refusal = refusal(in: reply) { throw ending(refusal) }
        return reply
    }

    /// Closes the connection. Not called after a timeout, because closing waits too if the broker is blocked.
    func close() async { await requester.close() }

    /// The refusal in a reply; nil for other replies.
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

/// A service's refusal of a request.
struct RefusedRequest: Equatable {
    /// A code of the contract.
    let code: String
    private let text: String

    init(_ error: JSON?, hadToken: Bool) {
        code = error?["code"]?.text ?? "failed"
        var text = "refused: \(code): \(error?["message"]?.text ?? "no reason given")"
        if let pointer = error?["pointer"]?.text { text += " (\(pointer))" }
        if code == "not-permitted", !hadToken { text += "\nno token was sent: --token, or ASSENT_TOKEN" }
        self.text = text
    }

    /// The command's exit after this refusal.
    var ending: Ending { Ending(.refused, text) }

    /// The exit of a command whose exit code 1 has another meaning: `usage` for a wrong token, `unreachable` if no
    /// service can answer now.
    var endingApart: Ending { Ending(["unavailable", "failed"].contains(code) ? .unreachable : .usage, text) }
}
