import ArgumentParser
import Keys
import PostgreSQL

/// `assent keys rotate`
struct KeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Gives the vault a new key-encryption key, and wraps every data key anew.",
        discussion: """
            VAULT_KEYS_FILE names the vault's key file, which gets a new version;
            KEYS_DATABASE_URL the key store. The vault may work meanwhile, or stand.
            The sealing key turns over too. Ended at any point, the command goes on
            where it was when it is run again. Where the vault's instances have copies
            of the file, bring the new one there while the command waits.

            Exit codes: 0 done, 1 refused, 2 usage, 3 database unreachable, 4 an
            instance does not have the file in time.

            Examples:
              assent keys rotate
              assent keys rotate --remove-old
            """)

    /// Higher limits than the service's, which are for single batches: rotation works over many rows.
    private static let limits = ConnectionLimits(
        statement: .seconds(600), lock: .seconds(30), idleInTransaction: .seconds(60))
    /// Connections for the lock, for reading and for writing.
    private static let connections = 4
    /// SQLSTATE of a missing table: the tables of key rotation do not exist.
    private static let undefinedTable = "42P01"

    @Flag(help: "Only take the versions that no row needs out of the key file: earlier erasures become final.")
    var removeOld = false

    @Option(help: "How long to wait for living instances of the vault to have the key file.")
    var timeout = Timeout(.seconds(60))

    func run() async throws {
        guard let path = variable("VAULT_KEYS_FILE") else { throw Ending(.usage, "VAULT_KEYS_FILE must be set") }
        guard let url = try BrokerAccess.secret("KEYS_DATABASE_URL") else {
            throw Ending(.usage, "KEYS_DATABASE_URL must be set")
        }
        do {
            let address = try DatabaseAddress(url: url)
            let pool = Pool(address, name: "assent keys rotate", size: Self.connections, limits: Self.limits)
            let rotation = KeyRotation(KeyFile(path: path), pool: pool)
            try await removeOld ? remove(rotation) : rotate(rotation)
            await pool.close()
        } catch {
            throw Self.ending(error)
        }
    }

    private func rotate(_ rotation: KeyRotation) async throws {
        let progress = RotationProgress()
        let version = try await rotation.run(patience: timeout.duration) { progress.show($0) }
        progress.end()
        print("version \(version) wraps everything")
        if let old = progress.removable {
            print("no row needs \(old): assent keys rotate --remove-old takes it out of the key file")
        }
    }

    private func remove(_ rotation: KeyRotation) async throws {
        let progress = RotationProgress()
        let old = try await rotation.removeOld(patience: timeout.duration) { progress.show($0) }
        progress.end()
        print(old.isEmpty ? "the key file has no old version" : "removed \(RotationProgress.named(old))")
    }

    /// Maps an error of the rotation to the command's exit.
    static func ending(_ error: any Error) -> any Error {
        switch error {
        case let error as RotationRefusal:
            switch error {
            case .behind, .stillWrapping: return Ending(.timedOut, "\(error)")
            case .noVault, .running, .unreadable, .unfinished, .ahead, .misplaced: return Ending(.refused, "\(error)")
            }
        case let error as KeyMistake: return Ending(.refused, "\(error)")
        case let error as DatabaseError where error.sqlState == Self.undefinedTable:
            return Ending(.refused, "the key store is of an older release: start a vault of this one first")
        case let error as DatabaseError where error.kind == .misuse: return Ending(.usage, "\(error)")
        case let error as DatabaseError where error.kind == .refused && !error.isRetriable:
            return Ending(.refused, "the key store refused: \(error)")
        case let error as DatabaseError: return Ending(.unreachable, "\(error); run this again to go on")
        default: return error
        }
    }
}
