import HTTPTypes
import Hummingbird

/// What every answer of the contacts' web says beside its page: nothing is loaded, framed, cached or indexed, and no
/// address with a token in it is told to anybody.
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

/// A broker or service that restarts is back by then.
private let secondsUntilRetry = 30
