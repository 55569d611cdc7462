import FieldMemory
import PostgreSQL
import Settings

/// What the vault remembers of sensitive fields (V6): asked only where the environment names the vault's database.
struct VaultMemory {
    /// The table is not there: another service's database, or one where the vault never started.
    private static let undefinedTable = "42P01"

    private let address: DatabaseAddress

    /// Nil where neither variable is set. Error: the one that is set names no database.
    init?(_ variable: (String) -> String? = variable) throws(Ending) {
        for name in ["VAULT_DATABASE_URL", "DATABASE_URL"] {
            guard let url = variable(name) else { continue }
            do {
                address = try DatabaseAddress(url: url)
            } catch {
                throw Ending(.usage, "\(name) names no database")
            }
            return
        }
        return nil
    }

    /// Fields and their narrowest masks. Error: the database cannot be asked, so that nothing can be said.
    func fields() async throws(Ending) -> Settings.RememberedFields {
        do throws(DatabaseError) {
            let connection = try await Connection.open(address, name: "assent config check")
            let fields: Result<Settings.RememberedFields, DatabaseError>
            do throws(DatabaseError) {
                fields = .success(try await SensitiveFieldStore.remembered(over: connection))
            } catch {
                fields = .failure(error)
            }
            await connection.close()
            return try fields.get()
        } catch {
            guard error.sqlState != Self.undefinedTable else {
                Terminal.complain("the database remembers no sensitive field yet: the file alone was checked")
                return [:]
            }
            throw Ending(
                .unreachable, "the vault's database could not be asked which fields are sensitive: \(error)")
        }
    }
}
