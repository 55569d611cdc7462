/// A value in a table of AMQP: a message header, an argument of a declaration.
package enum HeaderValue: Sendable, Hashable {
    /// Text, on the wire a long string.
    case string(String)
    /// Any signed or unsigned number up to 64 bits.
    case integer(Int64)
    /// A boolean.
    case bool(Bool)
    /// A value of an unused type (arrays such as `x-death`, tables, decimals), which is neither kept nor sent.
    case other
}
