/// A value in a table of AMQP: a message header, an argument of a declaration.
public enum HeaderValue: Sendable, Hashable {
    /// Text, on the wire a long string.
    case string(String)
    /// Any signed or unsigned number up to 64 bits.
    case integer(Int64)
    /// Truth.
    case bool(Bool)
    /// A type that nobody here needs (arrays such as `x-death`, tables, decimals). It is not sent on.
    case other
}
