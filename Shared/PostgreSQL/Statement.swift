/// One SQL statement with its bound parameters.
public struct Statement: Sendable {
    /// The text, with `$1`, `$2`, … It must be a constant: each connection prepares a text once, by its first use.
    public let sql: String

    /// The values of `$1`, `$2`, … in order. Their types must be the same each time the text is used.
    public let parameters: [Parameter]

    /// Makes a statement of a constant text and its values.
    public init(_ sql: String, _ parameters: [Parameter] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}
