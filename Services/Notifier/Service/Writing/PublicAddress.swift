import Foundation
import ServiceKit

/// `PUBLIC_URL`: the base of all links.
struct PublicAddress: Sendable {
    /// Without a trailing slash.
    let url: String
    /// The host name for `Message-ID` and EHLO.
    let host: String
    let isHTTPS: Bool

    init(_ text: String) throws(ServiceEnvironment.Mistake) {
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        let isVisible = text.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !text.contains { "<>\"".contains($0) }
        guard isVisible, let url = URL(string: text), let host = url.host, !host.isEmpty,
            url.scheme == "https" || url.scheme == "http", url.query == nil, url.fragment == nil
        else { throw ServiceEnvironment.Mistake("PUBLIC_URL must be an address such as https://privacy.example.com") }
        self.url = text
        self.host = host.contains(":") ? "localhost" : host
        isHTTPS = url.scheme == "https"
    }
}
