import Glibc
import PostgreSQL
import Settings

/// What the vault remembers of sensitive fields (V6): asked only where the environment names the vault's database.
struct VaultMemory {
    private static let reading = "SELECT name, shown_end, shown FROM sensitive_field"
    /// The table is not there: another service's database, or one where the vault never started.
    private static let undefinedTable = "42P01"

    private let address: DatabaseAddress

    /// Nil where neither variable is set, or the one that is names no database.
    init?() {
        guard let url = variable("VAULT_DATABASE_URL") ?? variable("DATABASE_URL"),
            let address = try? DatabaseAddress(url: url)
        else { return nil }
        self.address = address
    }

    /// Fields and their narrowest masks. Error: the database cannot be asked.
    func fields() async throws(DatabaseError) -> Settings.RememberedFields {
        let connection = try await Connection.open(address, name: "assent config check")
        do throws(DatabaseError) {
            let rows = try await connection.run(Statement(Self.reading))
            await connection.close()
            var fields: Settings.RememberedFields = [:]
            for row in rows {
                let shown = Int(try row.int64(2))
                let end = try row.optionalText(1)
                let mask: Settings.Mask? = end.map { $0 == "first" ? .first(shown) : .last(shown) }
                fields.updateValue(mask, forKey: try row.text(0))
            }
            return fields
        } catch {
            await connection.close()
            guard error.sqlState == Self.undefinedTable else { throw error }
            return [:]
        }
    }
}
