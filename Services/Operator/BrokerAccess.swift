import Glibc
import RabbitMQ

/// The broker and the account that the environment names.
struct BrokerAccess {
    let address: BrokerAddress

    /// Reads `AMQP_URL`, or the file that `AMQP_URL_FILE` names.
    init() throws(Ending) {
        guard let url = try Self.secret("AMQP_URL") else {
            throw Ending(
                .usage,
                """
                AMQP_URL is not set: it says where the broker is, and which account this is. For a local run:
                  eval "$(./dev env | sed 's/^/export /')"
                """)
        }
        do {
            address = try BrokerAddress(url: url)
        } catch {
            throw Ending(
                .usage, "AMQP_URL must be amqp://account:password@host:port/assent, or amqps: \(error.reason)")
        }
    }

    /// Opens a connection for publishing with confirms. The caller closes it.
    func connect() async throws(Ending) -> Connection {
        do {
            return try await Connection.open(address, name: connectionName("publish"))
        } catch {
            throw Ending(connecting: error, to: address)
        }
    }

    /// Opens a connection for requests and replies. The caller closes it.
    func requester() async throws(Ending) -> Requester {
        do {
            return try await Requester.open(address, name: connectionName("request"))
        } catch {
            throw Ending(connecting: error, to: address)
        }
    }

    private func connectionName(_ role: String) -> String {
        var host = [CChar](repeating: 0, count: 256)
        let length = gethostname(&host, host.count - 1) == 0 ? strlen(host) : 0
        let name = String(decoding: host[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "assent/\(version)/\(name)/\(getpid())/\(role)"
    }

    static func secret(_ name: String) throws(Ending) -> String? {
        let value = variable(name)
        guard let path = variable(name + "_FILE") else { return value }
        guard value == nil else { throw Ending(.usage, "\(name) and \(name)_FILE are both set") }
        let content = String(decoding: try InputFile(path: path).read(), as: UTF8.self)
        return content.hasSuffix("\n") ? String(content.dropLast()) : content
    }
}

/// A variable of the environment; nil if it is unset or empty.
func variable(_ name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
}
