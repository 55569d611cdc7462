import ConsentPages
import HTTPTypes
import Hummingbird

/// The response headers of every page: nothing external is loaded, the page is not framed, cached or indexed, and the
/// Referer header, which would reveal the token, is not sent.
enum PageHeaders {
    static func fields(of page: Page, stylePolicy: String) -> HTTPFields {
        var fields: HTTPFields = [
            .contentType: "text/html; charset=utf-8",
            .contentLanguage: page.language,
            .vary: "Accept-Language",
            .cacheControl: "no-store",
            .contentSecurityPolicy: "default-src 'none'; style-src \(stylePolicy); form-action 'self'; "
                + "frame-ancestors 'none'; base-uri 'none'",
            .xContentTypeOptions: "nosniff",
        ]
        for (name, value) in [("Referrer-Policy", "no-referrer"), ("X-Robots-Tag", "noindex")] {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        if let allow = page.allow { fields[.allow] = allow }
        if page.status == .serviceUnavailable { fields[.retryAfter] = "\(secondsUntilRetry)" }
        if let seconds = page.retryAfter { fields[.retryAfter] = "\(seconds)" }
        return fields
    }
}

/// Usual restart time of a broker or service.
private let secondsUntilRetry = 30
