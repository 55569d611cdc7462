/// A rendered page with its status.
package struct Page: Sendable {
    /// The statuses of HTTP that pages have.
    package enum Status: Int, Sendable {
        case ok = 200
        case accepted = 202
        case badRequest = 400
        case notFound = 404
        case methodNotAllowed = 405
        case requestTimeout = 408
        case gone = 410
        case contentTooLarge = 413
        case unprocessableContent = 422
        case tooManyRequests = 429
        case serviceUnavailable = 503
    }

    package let status: Status
    /// The page's language tag (BCP 47).
    package let language: String
    package let html: String
    /// The methods that the path accepts; set when another method was used.
    package var allow: String?
    /// Seconds until the client may retry; set when a rate limit was exceeded.
    package var retryAfter: Int?
}
