import FieldMemory
import PostgreSQL
import Settings

/// The sensitive fields recorded in the vault's database (V6); read only if the environment names that database.
struct VaultMemory {
    /// SQLSTATE of a missing table: another service's database, or a vault that never started.
    private static let undefinedTable = "42P01"

    private let address: DatabaseAddress

    /// Nil if neither variable is set. Throws if the variable holds no valid database URL.
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

    /// Fields and their narrowest masks. Throws if the database cannot be reached.
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
