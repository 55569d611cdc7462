/// One SQL statement with its bound parameters.
package struct Statement: Sendable {
    /// The text, with `$1`, `$2`, … It must be a constant unless it is `varying`: each connection prepares a
    /// text once, by its first use.
    package let sql: String

    /// The values of `$1`, `$2`, … in order. Their types must be the same each time the text is used.
    package let parameters: [Parameter]

    /// Whether the text varies, so that no plan is kept for it.
    let isVarying: Bool

    /// Makes a statement of a constant text and its values.
    package init(_ sql: String, _ parameters: [Parameter] = []) {
        self.sql = sql
        self.parameters = parameters
        isVarying = false
    }

    /// Makes a statement whose text is made of parts: planned for its values each time, and the plan is not kept.
    /// Values are bound as in other statements.
    package init(varying sql: String, _ parameters: [Parameter]) {
        self.sql = sql
        self.parameters = parameters
        isVarying = true
    }
}
