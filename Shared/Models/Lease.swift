/// The lease of a permission to send: one second from the request, by the requester's clock (X3). It is a constant of
/// the protocol, so that different releases agree.
package enum Lease {
    /// Milliseconds.
    package static let milliseconds = 1000
    /// The lease as a duration.
    package static let duration = Duration.milliseconds(milliseconds)
    /// The wait from the commit of a withdrawal to its acknowledgement: every permission given before has then expired.
    package static let runOut = Duration.milliseconds(runOutMilliseconds)
    /// `runOut` in milliseconds.
    package static let runOutMilliseconds = milliseconds + 200
}
