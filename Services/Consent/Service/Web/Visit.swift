import Cryptography
import Glibc
import HTTPTypes
import Hummingbird
import Models
import NIOCore

/// Maximum bytes of a User-Agent kept as evidence (O13).
private let longestUserAgent = 512
/// Maximum bytes of an address kept; an IPv6 address with a zone is shorter.
private let longestRemoteAddress = 128
/// Polls of a waiting page before the form is offered again.
let mostLooks = 10

/// Data of a request's connection.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress
    }
}

/// The parts of a request that pages read.
struct Visit: Sendable {
    let method: HTTPRequest.Method
    /// The link class from the path's first part; nil: not a page of this web.
    let linkClass: LinkClass?
    /// The path's second part.
    let token: String
    let acceptLanguage: String?
    let evidence: WebEvidence
    /// The button pressed before; carried in the address that a waiting page polls.
    let sent: ConfirmOrder.Action?
    /// The number of this poll.
    let look: Int

    init(_ request: Request, peer: String?, trustedProxy: String?) {
        method = request.method
        let parts = request.uri.path.split(separator: "/", omittingEmptySubsequences: false)
        let isLink = parts.count == 3 && parts[0].isEmpty && !parts[2].isEmpty
        linkClass = isLink ? LinkClass(rawValue: String(parts[1])) : nil
        token = isLink ? String(parts[2]) : ""
        acceptLanguage = request.headers[.acceptLanguage]
        let forwarded = HTTPField.Name("X-Forwarded-For").flatMap { request.headers[$0] }
        evidence = WebEvidence(
            remoteAddress: Self.remoteAddress(peer: peer, forwarded: forwarded, trustedProxy: trustedProxy),
            userAgent: request.headers[.userAgent]?.cut(toBytes: longestUserAgent))
        sent = request.uri.queryParameters["sent"].flatMap { ConfirmOrder.Action(rawValue: String($0)) }
        look = min(max(request.uri.queryParameters["look"].flatMap { Int($0) } ?? 1, 1), mostLooks)
    }

    /// The peer's address, or behind a trusted proxy the last entry of X-Forwarded-For, which that proxy wrote itself.
    static func remoteAddress(peer: String?, forwarded: String?, trustedProxy: String?) -> String? {
        guard let peer, peer == trustedProxy, let last = forwarded?.split(separator: ",").last else { return peer }
        let address = last.filter { $0 != " " && $0 != "\t" }
        return address.isEmpty ? peer : address.cut(toBytes: longestRemoteAddress)
    }
}

extension Visit {
    /// The key of the visitor's rate limit: an IPv4 address, or the network half of an IPv6 address.
    var visitor: String {
        let address = evidence.remoteAddress ?? ""
        var bytes = in6_addr()
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
        let network = withUnsafeBytes(of: bytes) { Array($0) }
        // ::ffff:1.2.3.4 is an IPv4 address mapped to IPv6.
        let isIPv4 = network.prefix(10).allSatisfy { $0 == 0 } && network[10] == 0xFF && network[11] == 0xFF
        return network.prefix(isIPv4 ? 16 : 8).map { String($0, radix: 16) }.joined(separator: ":")
    }
}
