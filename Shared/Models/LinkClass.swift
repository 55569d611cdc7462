/// A link's purpose: the first part of its path. The token's MAC covers it, so that a token of one class is not valid
/// in another.
package enum LinkClass: String, CaseIterable, Sendable {
    /// `/p/`: the contact's page.
    case page = "p"
    /// `/c/`: confirms a change.
    case confirm = "c"
    /// `/o/`: confirms a double opt-in.
    case optIn = "o"
    /// `/u/`: unsubscribes with one click (RFC 8058).
    case unsubscribe = "u"
    /// `/a/`: an access copy.
    case access = "a"
    /// `/t/`: the tracking pixel.
    case pixel = "t"
    /// `/l/`: a tracked link.
    case link = "l"
}
