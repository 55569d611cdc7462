import Cryptography
import Glibc
import HTTPTypes
import Hummingbird
import Models
import NIOCore

/// Bytes of a browser's name that are kept as evidence (O13).
private let longestUserAgent = 512
/// Bytes of an address that are kept; an IPv6 address with a zone has fewer.
private let longestRemoteAddress = 128
/// Looks of a page that waits, after which the form is offered again.
let mostLooks = 10

/// What Hummingbird knows of a connection.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress
    }
}

/// A request for a page, as far as pages look at it.
struct Visit: Sendable {
    let method: HTTPRequest.Method
    /// What the path's first part says; nil: no page of ours.
    let linkClass: LinkClass?
    /// The path's second part.
    let token: String
    let acceptLanguage: String?
    let evidence: WebEvidence
    /// The button pressed before, in the address that a waiting page looks at again.
    let sent: ConfirmOrder.Action?
    /// How often it looked.
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

    /// The peer, or what a trusted proxy says: the last entry, for it alone is the proxy's own.
    static func remoteAddress(peer: String?, forwarded: String?, trustedProxy: String?) -> String? {
        guard let peer, peer == trustedProxy, let last = forwarded?.split(separator: ",").last else { return peer }
        let address = last.filter { $0 != " " && $0 != "\t" }
        return address.isEmpty ? peer : address.cut(toBytes: longestRemoteAddress)
    }
}

extension Visit {
    /// Whom a limit counts as one: an IPv4 address, or the half of an IPv6 address that its network gives out.
    var visitor: String {
        let address = evidence.remoteAddress ?? ""
        var bytes = in6_addr()
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
        let network = withUnsafeBytes(of: bytes) { Array($0) }
        // ::ffff:1.2.3.4 is an IPv4 address.
        let isIPv4 = network.prefix(10).allSatisfy { $0 == 0 } && network[10] == 0xFF && network[11] == 0xFF
        return network.prefix(isIPv4 ? 16 : 8).map { String($0, radix: 16) }.joined(separator: ":")
    }
}
