package import Hummingbird
import Logging

/// A service's private port: `/healthz`, `/readyz`, `/metrics` (contract section 7).
struct PrivatePort {
    let address: ListenAddress
    let metrics: PrometheusMetrics
    let log: Logger
    /// Whether the service is ready: broker and database are reachable, and it is not shutting down.
    let isReady: @Sendable () async -> Bool

    var application: some ApplicationProtocol {
        let router = Router()
        router.get("healthz") { _, _ in "ok\n" }
        router.get("readyz") { _, _ in
            await isReady()
                ? Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "ready\n")))
                : Response(status: .serviceUnavailable, body: .init(byteBuffer: ByteBuffer(string: "not ready\n")))
        }
        router.get("metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
                body: .init(byteBuffer: ByteBuffer(string: metrics.text)))
        }
        return Application(
            router: router, configuration: .init(address: address.bind, serverName: nil), logger: log)
    }
}

/// Host and port to listen on, such as `127.0.0.1:17610`.
package struct ListenAddress: Sendable {
    let host: String
    let port: Int

    /// - Throws: where the text is no `host:port`.
    package init(_ text: String, variable: String) throws(ServiceEnvironment.Mistake) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon > text.startIndex
        else { throw ServiceEnvironment.Mistake("\(variable) must be host:port") }
        host = String(text[..<colon])
        self.port = port
    }

    /// The address in Hummingbird's form.
    package var bind: BindAddress { .hostname(host, port: port) }
}
