/// One numbered change of a schema. After its release it is never edited.
package struct Migration: Sendable {
    /// Its place in the order, from 1.
    package let number: Int
    /// Its purpose, in a word or two.
    package let name: String
    /// The statements. They run in one transaction, so they name neither BEGIN nor COMMIT.
    package let sql: String

    /// `sql`: in UTF-8, as `PackageResources` has it.
    package init(_ number: Int, _ name: String, _ sql: [UInt8]) {
        self.number = number
        self.name = name
        self.sql = String(decoding: sql, as: UTF8.self)
    }
}
