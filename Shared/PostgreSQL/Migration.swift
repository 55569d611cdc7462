/// One numbered change of a schema. After its release it is never edited.
public struct Migration: Sendable {
    /// Its place in the order, from 1.
    public let number: Int
    /// Its purpose, in a word or two.
    public let name: String
    /// The statements. They run in one transaction, so they name neither BEGIN nor COMMIT.
    public let sql: String

    /// `sql`: in UTF-8, as `PackageResources` has it.
    public init(_ number: Int, _ name: String, _ sql: [UInt8]) {
        self.number = number
        self.name = name
        self.sql = String(decoding: sql, as: UTF8.self)
    }
}
