import PostgreSQL

/// One worker's connection to the database. It opens on first use and is replaced after a loss.
final class DatabaseLink {
    private let address: DatabaseAddress
    private let name: String
    private var current: Connection?
    /// Whether the next transaction must take over the outbox first (`Transactor.takeOver`), as on a new connection.
    var isFresh = true
    /// The weight limit of the next transaction.
    var weight = BatchWeight()

    init(_ address: DatabaseAddress, name: String) {
        self.address = address
        self.name = name
    }

    func connection() async throws -> Connection {
        if let current, current.isOpen { return current }
        let opened = try await Connection.open(address, name: name, limits: .batches)
        current = opened
        isFresh = true
        return opened
    }

    /// Rolls back an open transaction. Closes the connection if that fails.
    func discardUnlessUsable() async {
        guard let connection = current else { return }
        do {
            try await connection.rollbackIfOpen()
        } catch {
            await close()
        }
    }

    func close() async {
        await current?.close()
        current = nil
    }
}
